package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.director.DirectorLab.Download;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mistakes of operators: one clear line and no harm, while a client downloads. */
@Tag("system")
class BadInputTest {
  private static DirectorLab lab;
  private static Director director;
  private static Host server;
  private Download download;
  private String tableBefore;

  @BeforeAll
  static void begin() throws Exception {
    lab = DirectorLab.create("bad");
    server = lab.masqueradedServer(1);
    director = lab.startDirector();
    lab.restore("-A -t 10.0.0.100:80 -s wlc", "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 1");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  void aDownloadRuns() throws Exception {
    tableBefore = lab.command("ipvsadm -S -n");
    download = lab.download(60);
  }

  /** Nothing has changed, and the director has not said a word more than it was asked. */
  @AfterEach
  void whatRanRunsOn() throws Exception {
    if (download != null) {
      download.assertGoesOn();
      download.stop();
      assertThat(lab.command("ipvsadm -S -n")).isEqualTo(tableBefore);
      assertThat(director.process().isAlive()).isTrue();
      assertThat(director.complaints().lines().filter(line -> !line.contains("statistic")))
          .isEmpty();
    }
  }

  private static void assertRefused(Command.Result result, String line) {
    assertThat(result.err().lines()).as("status %s", result.status()).containsExactly(line);
    assertThat(result.status()).isNotZero();
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aSecondServiceOnAnAddress() {
    assertRefused(
        lab.type("ipvsadm", "-A", "-t", "10.0.0.100:80", "-s", "rr"), "Service already exists");
  }

  @Test
  void anUnknownScheduler() {
    assertRefused(
        lab.type("ipvsadm", "-A", "-t", "10.0.0.100:81", "-s", "fastest"),
        "Scheduler or persistence engine not found");
  }

  @Test
  void aServerThatIsThereAlready() {
    assertRefused(
        lab.type("ipvsadm", "-a", "-t", "10.0.0.100:80", "-r", "192.168.0.11:80", "-m"),
        "Destination already exists");
  }

  @Test
  void anUnknownOption() {
    Command.Result result = lab.type("ipvsadm", "-A", "-t", "10.0.0.100:81", "--fastest");

    assertThat(result.status()).isNotZero();
    assertThat(result.err()).contains("fastest");
    assertRefused(
        lab.runDirector("--fastest"),
        "director: unknown option '--fastest'; 'jlvs director --help' lists what there is");
    assertRefused(
        lab.runDirector("--xdp-mode", "warp"),
        "director: --xdp-mode is auto, native or generic, not 'warp'");
    assertRefused(
        lab.runDirector("--connections", "-1"),
        "director: --connections wants a number from 1024 to 67108864, not '-1'");
  }

  @Test
  void aSecondDirector() {
    assertRefused(
        lab.runDirector("--interface", "eth0"),
        "director: a director already runs in this network namespace (pid " + director.pid() + ")");
  }

  @Test
  void aRuleThatIptablesRefusesAndOneThatCannotBeFollowed() throws Exception {
    assumeTrue(Testbed.isInstalled("iptables"), "iptables is not installed");
    Command.Result refused =
        lab.director()
            .run(
                "iptables",
                "-t",
                "mangle",
                "-A",
                "PREROUTING",
                "-p",
                "tcp",
                "--dport",
                "wrong",
                "-j",
                "MARK",
                "--set-mark",
                "10");
    assertThat(refused.ok()).isFalse();

    lab.director()
        .require(
            "sh",
            "-c",
            "iptables -t mangle -A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-mark 7");
    lab.director()
        .require(
            "sh",
            "-c",
            "iptables -t mangle -A PREROUTING -d 10.0.0.100 -p tcp --dport 8080 -j MARK --set-mark 10");
    try {
      assertThat(Waiting.until(Duration.ofSeconds(2), () -> marks().contains("8080"))).isTrue();
      assertThat(marks()).contains("statistic");
    } finally {
      lab.director().require("iptables", "-t", "mangle", "-F");
    }
    assertThat(Waiting.until(Duration.ofSeconds(2), () -> !marks().contains("8080"))).isTrue();
  }

  private static String marks() {
    try {
      return lab.command("marks");
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void anInterfaceThatIsNotThere() throws Exception {
    Host elsewhere = lab.host("elsewhere");

    assertRefused(
        elsewhere.run(command("director", "--interface", "eth7")),
        "director: there is no interface eth7 in this network namespace; there are: lo");
  }

  @Test
  void noRightToLoadPrograms() throws Exception {
    assumeTrue(Testbed.isInstalled("setpriv"), "setpriv is not installed");
    Host elsewhere = lab.host("unprivileged");
    List<String> words = new ArrayList<>(List.of("setpriv", "--bounding-set", "-all", "--"));
    words.addAll(List.of(command("director", "--interface", "lo")));

    assertRefused(
        elsewhere.run(words.toArray(String[]::new)),
        "director: forwarding in the kernel is not possible here: run as root, or give this process"
            + " CAP_NET_ADMIN, CAP_NET_RAW, CAP_PERFMON, CAP_BPF: EPERM (not permitted)");
  }

  private static String[] command(String... words) {
    List<String> command = new ArrayList<>(DirectorLab.serverCommand(words[0]));
    command.addAll(List.of(words).subList(1, words.length));
    return command.toArray(String[]::new);
  }

  @Test
  void aMistakeInLdirectordsFile() throws Exception {
    Path file = lab.directory().resolve(lab.directory().getFileName() + "-mistake.cf");
    String right =
        """
        checkinterval=1
        checktimeout=1
        autoreload=yes
        virtual=10.0.0.100:8081
        \treal=192.168.0.11:8081 masq
        \tservice=http
        \tchecktype=connect
        \tprotocol=tcp
        """;
    Files.writeString(file, right.replace("protocol=tcp", "protocol=tpc"));
    Command.Result refused =
        lab.director().run(command("ldirectord", "-d", file.toString(), "start"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(refused.err()).contains(file.toString(), "line 8", "tpc");

    Files.writeString(file, right);
    WebServer web = WebServer.start(server, 8081, "checked");
    Background monitor =
        lab.director().start(command("ldirectord", "-d", file.toString(), "start"));
    try {
      String line = "10.0.0.100:8081 -r 192.168.0.11:8081";
      assertThat(Waiting.until(DirectorLab.PATIENCE, () -> saved().contains(line)))
          .as(monitor.output())
          .isTrue();
      Files.writeString(file, right.replace("masq", "mask"));
      assertThat(Waiting.until(DirectorLab.PATIENCE, () -> monitor.output().contains("mask")))
          .as(monitor.output())
          .isTrue();
      assertThat(saved()).contains(line);
      web.close();
      assertThat(Waiting.until(DirectorLab.PATIENCE, () -> !saved().contains(line)))
          .as("the old configuration is in force: %s", monitor.output())
          .isTrue();
    } finally {
      web.close();
      monitor.stop(DirectorLab.PATIENCE);
    }
    assertThat(monitor.status()).isZero();
  }

  private static String saved() {
    try {
      return lab.command("ipvsadm -S -n");
    } catch (IOException e) {
      return "";
    }
  }
}
