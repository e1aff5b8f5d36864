package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.director.DirectorLab.Download;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is left of a director that was killed, and of one that was told to end. */
@Tag("system")
class CrashTest {
  private static final String HTTP = "http://" + VIP + "/";

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("crash");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void aKilledDirectorsConnectionsGoOnAndTheNextOneHasThem() throws Exception {
    lab.directServer(1);
    lab.directServer(2);
    lab.masqueradedServer(1);
    Director first = lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:80 -s wrr -p 500",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 3 -x 1000 -y 900",
        "-a -t 10.0.0.100:80 -r 10.0.0.12:80 -g -w 0",
        "-A -t 10.0.0.100:8080 -s wlc",
        "-a -t 10.0.0.100:8080 -r 192.168.0.11:80 -m -w 2",
        "-A -f 7 -s sh -b sh-port");
    lab.command("ipvsadm --set 800 90 200");
    Download direct = lab.download(12);
    Download masqueraded = lab.download(12, "http://" + VIP + ":8080/");
    String table = lab.command("ipvsadm -S -n");
    List<String> thresholds = limits(lab.command("ipvsadm -L -n --thresholds"));
    String connections = lab.command("ipvsadm -L -n -c");
    Waiting.pause(Duration.ofMillis(100));

    first.process().kill();
    direct.assertGoesOn();
    masqueraded.assertGoesOn();
    Command.Result without = lab.type("ipvsadm", "-L");
    assertThat(without.err().lines()).hasSize(1);
    assertThat(without.status()).isNotZero();

    Director second = lab.launchDirector("--interface", "eth0,eth1");
    assertThat(Waiting.until(DirectorLab.PATIENCE, this::isListening)).isTrue();
    assertThat(lab.command("ipvsadm -S -n")).isEqualTo(table);
    assertThat(second.process().awaitLine("ready", DirectorLab.PATIENCE)).isTrue();
    assertThat(second.complaints()).isEmpty();
    assertThat(second.process().output()).contains("took over the connections");
    assertThat(limits(lab.command("ipvsadm -L -n --thresholds"))).isEqualTo(thresholds);
    assertThat(lab.command("ipvsadm -L --timeout"))
        .isEqualTo("Timeout (tcp tcpfin udp): 800 90 200\n");
    assertThat(endpoints(lab.command("ipvsadm -L -n -c")))
        .containsExactlyInAnyOrderElementsOf(endpoints(connections));
    assertThat(lab.command("ipvsadm -L -n -c")).containsPattern("ESTABLISHED.* 10.0.0.11:80");
    assertThat(lab.gets(3, HTTP)).containsOnly("dr1");
    assertThat(lab.get("http://" + VIP + ":8080/")).isEqualTo("nat1");
    direct.assertEndsWhole();
    masqueraded.assertEndsWhole();
  }

  /** True from the moment a director listens for commands, long before it has done them. */
  private boolean isListening() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(lab.controlSocket()));
    } catch (IOException e) {
      return false;
    }
  }

  /** The listing without the numbers of connections, which go on changing. */
  private static List<String> limits(String listing) {
    return listing.lines().map(line -> line.replaceFirst("( +\\d+){2} *$", "")).toList();
  }

  /** Client, virtual and real server of each connection and template. */
  private static List<String> endpoints(String connections) {
    return connections
        .lines()
        .skip(2)
        .map(line -> line.replaceFirst("^(\\S+) +\\S+ +\\S+ +", "$1 "))
        .toList();
  }

  @Test
  void aDirectorThatIsToldToEndLeavesNothing() throws Exception {
    lab.masqueradedServer(1);
    String linksBefore = links();
    Director director = lab.startDirector();
    lab.restore("-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 1");
    assertThat(lab.get(HTTP)).isEqualTo("nat1");
    Background download =
        lab.client()
            .start(
                "curl",
                "-s",
                "-m",
                "5",
                "--limit-rate",
                "100000",
                "-o",
                "/dev/null",
                HTTP + "bytes/10000000");

    director.process().stop(DirectorLab.PATIENCE);

    assertThat(director.process().status()).isEqualTo(143);
    assertThat(director.complaints()).isEmpty();
    assertThat(links()).isEqualTo(linksBefore);
    assertThat(files()).isEmpty();
    assertThat(lab.client().run("ping", "-c", "1", "-W", "1", "10.0.0.1").ok()).isTrue();
    assertThat(lab.client().run("ping", "-c", "1", "-W", "1", "192.168.0.11").ok()).isTrue();
    try (WebServer own = WebServer.start(lab.director())) {
      assertThat(lab.get(HTTP)).isEqualTo("director");
    }
    download.kill();

    Director again = lab.startDirector();
    assertThat(lab.command("ipvsadm -S -n")).isEmpty();
    assertThat(again.process().output()).doesNotContain("took over");
  }

  @Test
  void aDirectorThatIsToldToEndWhileItStartsLeavesNothing() throws Exception {
    String linksBefore = links();
    Director director = lab.launchDirector("--interface", "eth0,eth1");
    assertThat(Waiting.until(DirectorLab.PATIENCE, this::isListening)).isTrue();

    director.process().stop(DirectorLab.PATIENCE);

    assertThat(director.process().status()).isEqualTo(143);
    assertThat(director.complaints()).isEmpty();
    assertThat(links()).isEqualTo(linksBefore);
    assertThat(files()).isEmpty();
  }

  @Test
  void theNextDirectorMayServeOtherwise() throws Exception {
    lab.directServer(1);
    Director first = lab.startDirector();
    lab.restore("-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1");
    Download download = lab.download(4);
    Waiting.pause(Duration.ofMillis(100));
    first.process().kill();

    Director second = lab.startDirectorOn("--interface", "eth0", "--xdp-mode", "generic");

    assertThat(second.process().output())
        .isEqualTo(
            "eth0: generic XDP, asked for\ntook over the connections of an earlier director\nready\n");
    assertThat(links()).containsOnlyOnce("prog/xdp");
    assertThat(lab.get(HTTP)).isEqualTo("dr1");
    download.assertEndsWhole();
    second.process().stop(DirectorLab.PATIENCE);
    assertThat(links()).doesNotContain("prog/xdp");
  }

  /** The director's interfaces with the programs on them, without what changes by itself. */
  private String links() {
    return lab.director()
        .require("ip", "-details", "link")
        .lines()
        .filter(line -> line.contains("xdp") || line.contains("mtu"))
        .toList()
        .toString();
  }

  private List<String> files() throws IOException {
    String name = lab.controlSocket().getFileName().toString().replace("sock", "");
    try (Stream<Path> files = Files.list(lab.controlSocket().getParent())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.startsWith(name))
          .toList();
    }
  }
}
