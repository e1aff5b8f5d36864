package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * A director with a monitor beside it, on one host: jlvs' own, or the original ldirectord as Debian
 * ships it, which drives the director by an {@code ipvsadm} that starts as fast as the original
 * one.
 */
final class WatchedDirector implements AutoCloseable {
  static final Path ORIGINAL = Path.of("/usr/sbin/ldirectord");
  private static final Duration READY = Duration.ofSeconds(60);
  private static final Duration ENDING = Duration.ofSeconds(30);

  /** Whose monitor it is. */
  enum Kind {
    ORIGINAL("original ldirectord"),
    JLVS("jlvs ldirectord");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private final Host host;
  private final Kind kind;
  private final Path home;
  private final Path folder;
  private final String testbed;
  private final Background director;
  private final Path socket;
  private final ControlClient client;
  private Optional<Background> monitor = Optional.empty();

  /**
   * Starts the director.
   *
   * @param home the folder of the {@code jlvs} launcher
   * @param testbed its prefix; what the monitor's pid file is called begins with it
   * @param networkInterface the director's
   */
  WatchedDirector(
      Host host, Kind kind, Path home, Testbed testbed, String networkInterface, int servers)
      throws IOException {
    this.host = host;
    this.kind = kind;
    this.home = home;
    this.testbed = testbed.prefix();
    this.folder = Files.createDirectories(testbed.directory().resolve("monitor-" + host.name()));
    director =
        host.start(
            launcher(),
            "director",
            "--interface",
            networkInterface,
            "--servers",
            Integer.toString(servers));
    if (!director.awaitLine("ready", READY)) {
      throw new IllegalStateException("the director was not ready: " + director.output());
    }
    socket = host.controlSocket();
    client = new ControlClient(socket);
    Path ipvsadm = folder.resolve("ipvsadm");
    try (InputStream script = WatchedDirector.class.getResourceAsStream("ipvsadm.pl")) {
      Files.copy(Objects.requireNonNull(script, "ipvsadm.pl"), ipvsadm);
    }
    Files.setPosixFilePermissions(ipvsadm, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String launcher() {
    return home.resolve("jlvs").toAbsolutePath().toString();
  }

  Kind kind() {
    return kind;
  }

  /** Where its configuration is read from. */
  Path configuration() {
    return folder.resolve(testbed + "-" + kind.name() + ".cf");
  }

  /** Starts the monitor in the foreground; it need not have read its configuration yet. */
  void startMonitor() {
    monitor =
        Optional.of(
            switch (kind) {
              case JLVS ->
                  host.start(launcher(), "ldirectord", "-d", configuration().toString(), "start");
              case ORIGINAL ->
                  host.start(
                      "sh",
                      "-c",
                      "mount --bind '%s' /usr/sbin/ipvsadm && JLVS_BENCH_SOCKET='%s' exec %s -d '%s' start"
                          .formatted(folder.resolve("ipvsadm"), socket, ORIGINAL, configuration()));
            });
  }

  void stopMonitor() {
    monitor.ifPresent(running -> running.stop(ENDING));
    monitor = Optional.empty();
  }

  /** The monitor's process; its children, if it has any, are not in its figures. */
  ProcessFigures monitorFigures() {
    return new ProcessFigures(monitor.orElseThrow().pid());
  }

  /** Tells the monitor to read its configuration again. */
  void reload() {
    host.require("kill", "-HUP", Long.toString(monitor.orElseThrow().pid()));
  }

  ProcessFigures directorFigures() {
    return new ProcessFigures(director.pid());
  }

  /** Empties the table. */
  void clear() throws IOException {
    run("ipvsadm", "-C");
  }

  /** How many batches of a monitor the director has carried out, and changes in them. */
  long[] changes() throws IOException {
    String[] counts = run("table", "counts").strip().split(" ");
    return new long[] {Long.parseLong(counts[0]), Long.parseLong(counts[1])};
  }

  /** The weights of a service's servers, by address and port; empty when it is not there. */
  Map<String, Integer> weights(String virtual) throws IOException {
    ControlClient.Result result =
        client.run("ipvsadm", List.of("-Ln", "-t", virtual), Optional.empty());
    return parse(result.exitCode() == 0 ? result.out() : "");
  }

  /** How many servers all services have together. */
  int servers() throws IOException {
    return (int) run("ipvsadm", "-Ln").lines().filter(WatchedDirector::isServer).count();
  }

  private static boolean isServer(String line) {
    return line.startsWith("  -> ") && Character.isDigit(line.charAt(5));
  }

  private static Map<String, Integer> parse(String listing) {
    Map<String, Integer> weights = new HashMap<>();
    listing
        .lines()
        .filter(WatchedDirector::isServer)
        .forEach(
            line -> {
              String[] words = line.strip().split(" +");
              weights.put(words[1], Integer.parseInt(words[3]));
            });
    return weights;
  }

  private String run(String program, String... arguments) throws IOException {
    ControlClient.Result result = client.run(program, List.of(arguments), Optional.empty());
    if (result.exitCode() != 0) {
      throw new IllegalStateException(program + ": " + result.err().strip());
    }
    return result.out();
  }

  /** The last line that the monitor has printed. */
  String lastWords() {
    return monitor
        .map(Background::output)
        .flatMap(output -> output.lines().reduce((_, last) -> last))
        .orElse("");
  }

  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Milliseconds from {@code since} (nanoseconds) until the condition holds; the limit if never.
   */
  static double millisUntil(long since, Duration limit, Duration pause, Condition condition)
      throws IOException {
    while (!condition.holds()) {
      if (System.nanoTime() - since > limit.toNanos()) {
        return limit.toMillis();
      }
      Waiting.pause(pause);
    }
    return (System.nanoTime() - since) / 1e6;
  }

  @Override
  public void close() throws IOException {
    stopMonitor();
    client.close();
    director.stop(ENDING);
  }
}
