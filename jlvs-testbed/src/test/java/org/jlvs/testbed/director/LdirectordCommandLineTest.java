package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jlvs.testbed.director.TwoLdirectords.Which;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Debian's ldirectord and jlvs' do and answer when the same is typed, one after the other. */
@Tag("system")
class LdirectordCommandLineTest {
  private static final Path SAMPLE = Path.of("/usr/share/doc/ldirectord/examples/ldirectord.cf");

  private static final String SAMPLE_TABLE =
      """
      -A -t 192.168.6.240:80 -s rr
      -a -t 192.168.6.240:80 -r 192.168.6.2:80 -g -w 1
      -a -t 192.168.6.240:80 -r 192.168.6.3:80 -g -w 1
      -a -t 192.168.6.240:80 -r 192.168.6.6:80 -g -w 1
      """;

  private static final String SAMPLE_FALLBACK =
      """
      -A -t 192.168.6.240:80 -s rr
      -a -t 192.168.6.240:80 -r 127.0.0.1:80 -g -w 1
      """;

  private DirectorLab lab;

  @BeforeEach
  void begin() throws IOException {
    lab = DirectorLab.create("ldcli");
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  /** One instance after the other on the one table of the host. */
  @Test
  void allCommandsEndAndActAsTheOriginals() throws Exception {
    String name = String.valueOf(lab.directory().getFileName());
    List<String> original = statuses(Which.ORIGINAL, name + "-original");
    List<String> ours = statuses(Which.OURS, name + "-ours");
    assertThat(ours).containsExactlyElementsOf(original);
  }

  private List<String> statuses(Which which, String name) throws Exception {
    TwoLdirectords ldirectord = new TwoLdirectords(lab, which, Map.of());
    String first = name + ".cf";
    String second = name + "-2.cf";
    String broken = name + "-3.cf";
    Path pidFile = Path.of("/run/ldirectord." + first + ".pid");
    configure(ldirectord.configuration(first), 80);
    configure(ldirectord.configuration(second), 81);
    Files.writeString(ldirectord.configuration(broken), "chekinterval=3\n");
    List<String> statuses = new ArrayList<>();
    try {
      for (String line :
          List.of(
              "",
              "bogus",
              "--bogus start",
              "-v",
              "--version",
              first,
              first + " bogus",
              name + "-none.cf start",
              name + "-none.cf status",
              broken + " start",
              broken + " status",
              first + " status",
              first + " reload",
              first + " force-reload",
              first + " stop",
              first + " try-restart",
              first + " start")) {
        type(ldirectord, line, statuses);
      }
      awaitTable(ldirectord, service(80));
      for (String line :
          List.of(first + " status", first + " status more words", first + " start")) {
        type(ldirectord, line, statuses);
      }
      type(ldirectord, second + " start", statuses);
      awaitTable(ldirectord, service(80) + service(81));

      Files.writeString(
          ldirectord.configuration(first),
          Files.readString(ldirectord.configuration(first)).replace("gate", "gate 7"));
      type(ldirectord, first + " reload", statuses);
      awaitTable(ldirectord, service(80).replace("-w 1", "-w 7") + service(81));
      configure(ldirectord.configuration(first), 80);
      signal(ldirectord, pidFile, "HUP");
      awaitTable(ldirectord, service(80) + service(81));
      for (String line :
          List.of(first + " force-reload", first + " try-restart", first + " status")) {
        type(ldirectord, line, statuses);
      }
      awaitTable(ldirectord, service(80) + service(81));
      type(ldirectord, first + " restart", statuses);
      awaitTable(ldirectord, service(80) + service(81));

      signal(ldirectord, pidFile, "TERM");
      awaitTable(ldirectord, service(81));
      ldirectord.await("the pid file is gone", () -> !Files.exists(pidFile));
      type(ldirectord, first + " status", statuses);
      type(ldirectord, first + " start", statuses);
      awaitTable(ldirectord, service(80) + service(81));
      signal(ldirectord, pidFile, "KILL");
      type(ldirectord, first + " status", statuses);
      type(ldirectord, first + " start", statuses);
      type(ldirectord, first + " status", statuses);
      type(ldirectord, second + " stop", statuses);
      awaitTable(ldirectord, service(80));
      type(ldirectord, first + " stop", statuses);
      awaitTable(ldirectord, "");
      return statuses;
    } finally {
      ldirectord.run(first, "stop");
      ldirectord.run(second, "stop");
    }
  }

  private static void configure(Path file, int port) throws IOException {
    Files.writeString(
        file,
        "checkinterval=1\nvirtual=10.0.0.100:"
            + port
            + "\n\treal=10.0.0.11:"
            + port
            + " gate\n\tchecktype=on\n");
  }

  private static String service(int port) {
    return "-A -t 10.0.0.100:%1$d -s wrr\n-a -t 10.0.0.100:%1$d -r 10.0.0.11:%1$d -g -w 1\n"
        .formatted(port);
  }

  /** Notes what is typed, but for what the two instances' names differ in, and how it ends. */
  private static void type(TwoLdirectords ldirectord, String line, List<String> statuses) {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    int status = ldirectord.run(words).status();
    statuses.add(line.replaceAll("\\S*-(original|ours)", "") + " ends with " + status);
  }

  private static void signal(TwoLdirectords ldirectord, Path pidFile, String signal)
      throws IOException {
    String pid = Files.readString(pidFile).strip();
    assertThat(pid).matches("\\d{2,}");
    assertThat(ldirectord.beside("kill", "-s", signal, pid).status()).isZero();
    if (signal.equals("KILL")) {
      ldirectord.await(
          "the process is gone",
          () -> ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isEmpty());
    }
  }

  private static void awaitTable(TwoLdirectords ldirectord, String expected) throws IOException {
    ldirectord.await(
        "the table is\n" + expected,
        () -> ldirectord.beside("ipvsadm", "-Sn").out().equals(expected));
  }

  /** The log is moved away, as Debian's package has it, and then copied and emptied. */
  @Test
  void theHostsLogrotateRotatesTheLogOfAMonitorThatRuns() throws Exception {
    assumeTrue(Testbed.isInstalled("logrotate"), "logrotate is not installed");
    String name = lab.directory().getFileName() + "-log.cf";
    for (Which which : Which.values()) {
      TwoLdirectords ldirectord = new TwoLdirectords(lab, which, Map.of());
      Path file = ldirectord.configuration(name);
      configure(file, 80);
      try {
        assertThat(ldirectord.run(name, "start").status()).isZero();
        awaitLog(ldirectord, "Added real server: 10.0.0.11:80 (10.0.0.100:80) (Weight set to 1)");

        rotate(ldirectord, "missingok");
        assertThat(ldirectord.log()).isEmpty();
        configure(file, 81);
        assertThat(ldirectord.run(name, "reload").status()).isZero();
        awaitLog(ldirectord, "Added real server: 10.0.0.11:81 (10.0.0.100:81) (Weight set to 1)");

        rotate(ldirectord, "copytruncate");
        assertThat(ldirectord.log()).isEmpty();
        configure(file, 82);
        assertThat(ldirectord.run(name, "reload").status()).isZero();
        awaitLog(ldirectord, "Added real server: 10.0.0.11:82 (10.0.0.100:82) (Weight set to 1)");

        assertThat(ldirectord.log()).allMatch(line -> line.matches("[ -~]+"));
        assertThat(ldirectord.run(name, "status").status()).isZero();
      } finally {
        ldirectord.run(name, "stop");
      }
      awaitTable(ldirectord, "");
    }
  }

  private static void rotate(TwoLdirectords ldirectord, String how) throws IOException {
    Path rules = ldirectord.configuration("logrotate");
    Files.writeString(rules, "/var/log/ldirectord.log {\n  rotate 4\n  %s\n}\n".formatted(how));
    Command.Result rotated =
        ldirectord.beside("logrotate", "--force", "--state", rules + ".state", rules.toString());
    assertThat(rotated.status()).as(rotated.err()).isZero();
  }

  private static void awaitLog(TwoLdirectords ldirectord, String line) throws IOException {
    ldirectord.await("the log has " + line, () -> ldirectord.logHas(line));
  }

  /** The file byte for byte, in its usual place; only the addresses in it are made to be there. */
  @Test
  void theSampleThatDebianShipsRunsUnchanged() throws Exception {
    assumeTrue(Files.exists(SAMPLE), () -> SAMPLE + " is not there");
    assumeTrue(
        !Files.exists(Path.of("/run/ldirectord.ldirectord.pid")),
        "an ldirectord with the default configuration runs on this machine");
    Host servers = lab.host("sample");
    lab.plugPublic(servers, "eth0");
    for (String address : List.of("192.168.6.2/24", "192.168.6.3/24", "192.168.6.6/24")) {
      servers.address("eth0", address);
    }
    lab.director().address("eth0", "192.168.6.1/24").address("eth0", "192.168.6.240/32");
    for (Which which : Which.values()) {
      TwoLdirectords ldirectord = new TwoLdirectords(lab, which, Map.of());
      Files.copy(SAMPLE, ldirectord.configuration("ldirectord.cf"));
      WebServer web = WebServer.start(servers, 80, "This is a Test Page of a server.");
      try {
        assertThat(ldirectord.run("start").status()).isZero();
        awaitTable(ldirectord, SAMPLE_TABLE);
        web.close();
        awaitTable(ldirectord, SAMPLE_FALLBACK);
        web = WebServer.start(servers, 80, "Down for maintenance");
        assertThat(ldirectord.run("status").status()).isZero();
        assertThat(ldirectord.beside("ipvsadm", "-Sn").out()).isEqualTo(SAMPLE_FALLBACK);
        web.close();
        web = WebServer.start(servers, 80, "Test Page");
        awaitTable(ldirectord, SAMPLE_TABLE);
        assertThat(ldirectord.run("stop").status()).isZero();
        awaitTable(ldirectord, "");
      } finally {
        ldirectord.run("stop");
        web.close();
      }
      ldirectord.await(
          "it has ended", () -> !Files.exists(Path.of("/run/ldirectord.ldirectord.pid")));
      assertThat(ldirectord.log())
          .contains(
              "Added virtual server: 192.168.6.240:80",
              "Deleted real server: 192.168.6.2:80 (192.168.6.240:80)",
              "Added fallback server: 127.0.0.1:80 (192.168.6.240:80) (Weight set to 1)",
              "Deleted fallback server: 127.0.0.1:80 (192.168.6.240:80)",
              "Purged virtual server (stop): 192.168.6.240:80",
              "Linux Director Daemon terminated on signal: TERM");
    }
  }
}
