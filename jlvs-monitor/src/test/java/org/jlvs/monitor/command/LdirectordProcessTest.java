package org.jlvs.monitor.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jlvs.monitor.check.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as processes, with real signals, on real servers of loopback addresses. */
@Tag("system")
@Timeout(120)
final class LdirectordProcessTest {
  private static final String BOTH = "10.0.0.100:80 wrr 127.0.7.1:80=3 127.0.7.2:80=1";

  @TempDir Path directory;
  private TestServer first;
  private TestServer second;
  private int port;

  private record Result(int status, String out, String err) {}

  @BeforeEach
  void startServers() throws IOException {
    first = new TestServer(java.net.Socket::close, "127.0.7.1", 0);
    port = first.port();
    second = new TestServer(java.net.Socket::close, "127.0.7.2", port);
    good(first);
    good(second);
  }

  @AfterEach
  void stopAll() throws Exception {
    run("stop");
    first.close();
    second.close();
  }

  private static void good(TestServer server) {
    server.behave(server.answering(TestServer.page("200 OK", "Test Page")));
  }

  private void configure(String... more) throws IOException {
    Files.writeString(
        directory.resolve("ld.cf"),
        "checktimeout=2\ncheckinterval=1\nautoreload=yes\nquiescent=no\n"
            + "virtual=10.0.0.100:80\n\treal=127.0.7.1:80 gate 3\n\treal=127.0.7.2:80 gate\n"
            + "\tfallback=127.0.0.1:80 gate\n\tservice=http\n\trequest=\"index.html\"\n"
            + "\treceive=\"Test Page\"\n\tcheckport="
            + port
            + "\n"
            + String.join("\n", more)
            + "\n");
  }

  private Result run(String... words) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("ld.cf"));
    all.addAll(List.of(words));
    return type(all);
  }

  private Result type(List<String> words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(LdirectordProcess.command(directory));
    command.addAll(words);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private String table() throws IOException {
    Path file = directory.resolve("table");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private void waitForTable(String expected) throws IOException, InterruptedException {
    for (int i = 0; i < 1000 && !table().equals(expected); i++) {
      Thread.sleep(20);
    }
    assertThat(table()).isEqualTo(expected);
  }

  private List<String> log() throws IOException {
    return Files.readAllLines(directory.resolve("log")).stream()
        .map(line -> line.replaceFirst("^\\[[^]]*\\|ld\\.cf\\|\\d+\\] ", ""))
        .toList();
  }

  @Test
  void runsInTheBackgroundFollowsItsFileAndStops() throws Exception {
    configure();
    assertThat(run("status")).isEqualTo(stopped());
    assertThat(run("start")).isEqualTo(new Result(0, "", ""));
    waitForTable(BOTH);
    Result status = run("status");
    assertThat(status.status()).isZero();
    assertThat(status.out()).contains(" is running with pid: ");
    assertThat(run("start").out()).isEqualTo(status.out());

    second.behave(second.answering(TestServer.page("200 OK", "Wartung")));
    waitForTable("10.0.0.100:80 wrr 127.0.7.1:80=3");
    good(second);
    waitForTable(BOTH);

    configure("\tscheduler=wlc");
    waitForTable(BOTH.replace("wrr", "wlc"));
    configure("\tscheduler=wlc", "\tchektype=ping");
    Result refused = run("reload");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("line 14, column 2: unknown virtual server directive");
    for (int i = 0;
        i < 200 && !log().contains("The configuration that was in use stays in use");
        i++) {
      Thread.sleep(50);
    }
    assertThat(log()).contains("The configuration that was in use stays in use");
    assertThat(run("status").status()).isZero();
    assertThat(table()).isEqualTo(BOTH.replace("wrr", "wlc"));

    configure();
    assertThat(run("reload")).isEqualTo(new Result(0, "", ""));
    waitForTable(BOTH);
    assertThat(run("stop")).isEqualTo(new Result(0, "", ""));
    assertThat(table()).isEmpty();
    assertThat(run("status")).isEqualTo(stopped());
    assertThat(directory.resolve("ldirectord.ld.cf.pid")).doesNotExist();
    assertThat(log())
        .startsWith(
            "Invoking ldirectord invoked as: ldirectord " + directory.resolve("ld.cf") + " start",
            "Starting Linux Director for jlvs as daemon",
            "Added virtual server: 10.0.0.100:80")
        .contains(
            "Added real server: 127.0.7.1:80 (10.0.0.100:80) (Weight set to 3)",
            "Deleted real server: 127.0.7.2:80 (10.0.0.100:80)",
            "Changed virtual server: 10.0.0.100:80",
            "Configuration file '" + directory.resolve("ld.cf") + "' has changed on disk",
            " - reread new configuration")
        .endsWith(
            "Purged real server (stop): 127.0.7.1:80 (10.0.0.100:80)",
            "Purged real server (stop): 127.0.7.2:80 (10.0.0.100:80)",
            "Purged virtual server (stop): 10.0.0.100:80",
            "Linux Director Daemon terminated on signal: TERM");
  }

  @Test
  void explainsWhatTheMonitorsThatRunKnow() throws Exception {
    configure();
    assertThat(type(List.of("--explain")))
        .isEqualTo(new Result(1, "", "no ldirectord of jlvs runs here\n"));
    assertThat(run("--explain"))
        .isEqualTo(
            new Result(1, "", "ldirectord is stopped for " + directory.resolve("ld.cf") + "\n"));
    assertThat(run("start")).isEqualTo(new Result(0, "", ""));
    waitForTable(BOTH);
    second.behave(second.answering(TestServer.page("200 OK", "Wartung")));
    waitForTable("10.0.0.100:80 wrr 127.0.7.1:80=3");

    Result text = run("--explain");
    assertThat(text.status()).as(text.err()).isZero();
    assertThat(text.out())
        .startsWith("ldirectord for " + directory.resolve("ld.cf") + ", pid ")
        .contains("tcp 10.0.0.100:80: 1 of 2 servers up; fallback 127.0.0.1:80 not in use\n")
        .containsPattern("\n127\\.0\\.7\\.1:80  up    .* 3       3   .* HTTP status 200\n")
        .containsPattern("\n127\\.0\\.7\\.2:80  down  .* -       -   .*Test Page/\n")
        .doesNotContain("\u001b");
    Result json = type(List.of("--explain", "--json"));
    assertThat(json.out())
        .hasLineCount(1)
        .contains("\"real\":\"127.0.7.2:80\",\"state\":\"down\"", "\"falls\":1,")
        .endsWith("}]}]}\n");

    Path socket = directory.resolve("ldirectord.ld.cf.sock");
    assertThat(Files.getPosixFilePermissions(socket))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(run("stop")).isEqualTo(new Result(0, "", ""));
    assertThat(socket).doesNotExist();
    assertThat(type(List.of("--explain")).status()).isEqualTo(1);
  }

  @Test
  void explainsEachOfTwoMonitorsByItsFileAndBothWithout() throws Exception {
    configure();
    Path file = directory.resolve("ld.cf");
    Path other = directory.resolve("other.cf");
    Files.writeString(other, "virtual=10.0.0.200:80\n\treal=10.0.0.1:80 gate\n\tchecktype=on\n");
    assertThat(run("start")).isEqualTo(new Result(0, "", ""));
    assertThat(type(List.of("other.cf", "start"))).isEqualTo(new Result(0, "", ""));
    try {
      String headOfFirst = "ldirectord for " + file + ", pid ";
      String headOfOther = "ldirectord for " + other + ", pid ";
      Result one = run("--explain");
      assertThat(one.status()).as(one.err()).isZero();
      assertThat(one.out())
          .startsWith(headOfFirst)
          .contains("tcp 10.0.0.100:80: ")
          .doesNotContain("other.cf", "10.0.0.200");
      Result two = type(List.of("other.cf", "--explain"));
      assertThat(two.status()).as(two.err()).isZero();
      assertThat(two.out())
          .startsWith(headOfOther)
          .contains("tcp 10.0.0.200:80: ")
          .doesNotContain("ld.cf", "10.0.0.100");
      Result both = type(List.of("--explain"));
      assertThat(both.status()).as(both.err()).isZero();
      assertThat(both.out()).startsWith(headOfFirst).contains("\n\n" + headOfOther);
      assertThat(type(List.of("--explain", "--json")).out().lines())
          .satisfiesExactly(
              line -> assertThat(line).contains("\"configuration\":\"" + file + "\""),
              line -> assertThat(line).contains("\"configuration\":\"" + other + "\""));

      // One that cannot be asked is named, and the other is shown all the same.
      Path socket = directory.resolve("ldirectord.ld.cf.sock");
      Files.delete(socket);
      Files.createFile(socket);
      Result rest = type(List.of("--explain"));
      assertThat(rest.status()).isEqualTo(1);
      assertThat(rest.out()).startsWith(headOfOther);
      assertThat(rest.err())
          .startsWith("ldirectord: cannot ask the monitor at " + socket + ": ")
          .hasLineCount(1);
    } finally {
      type(List.of("other.cf", "stop"));
    }
    assertThat(type(List.of("other.cf", "--explain")))
        .isEqualTo(new Result(1, "", "ldirectord is stopped for " + other + "\n"));
  }

  private Result stopped() {
    return new Result(3, "ldirectord is stopped for " + directory.resolve("ld.cf") + "\n", "");
  }

  @Test
  void restartsAndForgetsAProcessThatWasKilled() throws Exception {
    configure();
    assertThat(run("try-restart")).isEqualTo(new Result(0, "", ""));
    assertThat(run("reload").status()).isEqualTo(1);
    assertThat(run("restart")).isEqualTo(new Result(0, "", ""));
    waitForTable(BOTH);
    String pidFile = Files.readString(directory.resolve("ldirectord.ld.cf.pid")).strip();
    ProcessHandle daemon = ProcessHandle.of(Long.parseLong(pidFile)).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    assertThat(run("status").status()).isEqualTo(1);
    assertThat(run("restart")).isEqualTo(new Result(0, "", ""));
    assertThat(run("status").status()).isZero();
  }

  @Test
  void logsToStandardOutputInTheForeground() throws Exception {
    configure();
    List<String> command = new ArrayList<>(LdirectordProcess.command(directory));
    command.addAll(List.of("-d", "ld.cf", "start"));
    Path out = directory.resolve("foreground");
    Process process =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectErrorStream(true).start();
    waitForTable(BOTH);
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(Files.readString(out))
        .containsPattern(
            "\\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\] Added virtual server:"
                + " 10\\.0\\.0\\.100:80\n")
        .endsWith("Linux Director Daemon terminated on signal: TERM\n");
  }

  @Test
  void startsAndStopsOtherInstancesAndLogsToTheSystemLog() throws Exception {
    configure();
    Path other = directory.resolve("other.cf");
    Files.writeString(other, "virtual=10.0.0.200:80\n\treal=10.0.0.1:80 gate\n\tchecktype=on\n");
    Path first = directory.resolve("ld.cf");
    Files.writeString(
        first, "execute=\"other.cf\"\nlogfile=\"local3\"\n" + Files.readString(first));
    Path pidOfOther = directory.resolve("ldirectord.other.cf.pid");
    assertThat(run("start")).isEqualTo(new Result(0, "", ""));
    waitFor(() -> Files.exists(pidOfOther) && !Files.readString(pidOfOther).isEmpty());

    configure();
    assertThat(run("reload").status()).isZero();
    waitFor(() -> !Files.exists(pidOfOther));

    Files.writeString(first, "execute=other.cf\n" + Files.readString(first));
    assertThat(run("reload").status()).isZero();
    waitFor(() -> Files.exists(pidOfOther) && !Files.readString(pidOfOther).isEmpty());
    assertThat(run("stop").status()).isZero();
    assertThat(pidOfOther).doesNotExist();
    assertThat(Files.readString(directory.resolve("syslog")))
        .containsPattern(
            "^<158>\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d ldirectord\\[\\d+\\]: Invoking ldirectord")
        .contains("]: Added virtual server: 10.0.0.100:80");
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void waitFor(Condition condition) throws IOException, InterruptedException {
    for (int i = 0; i < 1000 && !condition.holds(); i++) {
      Thread.sleep(20);
    }
    assertThat(condition.holds()).isTrue();
  }
}
