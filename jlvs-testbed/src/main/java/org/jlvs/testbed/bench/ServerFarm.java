package org.jlvs.testbed.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;

/** The process of {@link CheckedServers} on a host. It ends with this object or the testbed. */
final class ServerFarm implements AutoCloseable {
  static final int PORT = 8080;

  private final Process process;
  private final BufferedReader answers;

  /**
   * What the servers have seen.
   *
   * @param answered checks so far
   * @param late checks since it was last asked that came late
   * @param longestMillis between two checks of one server, since it was last asked
   */
  record Counts(long answered, long late, long longestMillis) {}

  private ServerFarm(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.ISO_8859_1);
  }

  static ServerFarm start(Host host, int count) throws Exception {
    List<String> words =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            CheckedServers.class.getName(),
            Integer.toString(PORT),
            Integer.toString(count));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT);
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      ServerFarm farm = new ServerFarm(namespace.run(builder::start));
      farm.expect("ready");
      return farm;
    }
  }

  ProcessFigures figures() {
    return new ProcessFigures(process.pid());
  }

  /** Ends servers, from one to before another. */
  void shut(int from, int to) throws IOException {
    tell("close " + from + " " + to);
    expect("ok");
  }

  void open(int from, int to) throws IOException {
    tell("open " + from + " " + to);
    expect("ok");
  }

  Counts count() throws IOException {
    tell("count");
    String[] counts = line().split(" ");
    return new Counts(
        Long.parseLong(counts[0]), Long.parseLong(counts[1]), Long.parseLong(counts[2]));
  }

  private void tell(String command) throws IOException {
    process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.ISO_8859_1));
    process.getOutputStream().flush();
  }

  private void expect(String answer) throws IOException {
    String line = line();
    if (!line.equals(answer)) {
      throw new IOException("the servers said " + line + ", expected " + answer);
    }
  }

  private String line() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the servers' process has ended");
    }
    return line;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
