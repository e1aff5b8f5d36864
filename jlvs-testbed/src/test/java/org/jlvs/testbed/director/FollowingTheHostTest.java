package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.director.DirectorLab.Download;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Routes, neighbours and interfaces change while the director runs. */
@Tag("system")
class FollowingTheHostTest {
  private static final String HTTP = "http://" + VIP + "/";
  private static final String MASQUERADED = "http://" + VIP + ":8080/";
  private static final Duration SECONDS = Duration.ofSeconds(5);

  private DirectorLab lab;
  private Host direct;
  private Host masqueraded;
  private Director director;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("follow");
    direct = lab.directServer(1);
    masqueraded = lab.masqueradedServer(1);
    director = lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:80 -s rr",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1",
        "-A -t 10.0.0.100:8080 -s rr",
        "-a -t 10.0.0.100:8080 -r 192.168.0.11:80 -m -w 1");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private double secondsTo(String url) {
    String answer = lab.get(url, "-o", "/dev/null", "-w", "%{http_code} %{time_connect}");
    assertThat(answer).startsWith("200 ");
    return Double.parseDouble(answer.substring(4));
  }

  @Test
  void aFirstPacketWaitsForItsNeighbourToBeFound() {
    lab.director().require("ip", "neighbour", "flush", "all");

    // A SYN that was lost would be sent again after a second.
    assertThat(secondsTo(HTTP)).isLessThan(0.9);
    assertThat(secondsTo(MASQUERADED)).isLessThan(0.9);
  }

  @Test
  void aServersNewLinkAddressIsFollowed() throws Exception {
    assertThat(lab.get(HTTP)).isEqualTo("dr1");
    assertThat(lab.get(MASQUERADED)).isEqualTo("nat1");
    Download running = lab.download(6);

    // As hosts that take over an address do: they say so.
    direct.sysctl("net.ipv4.conf.eth0.arp_notify", "1");
    masqueraded.sysctl("net.ipv4.conf.eth0.arp_notify", "1");
    direct.require("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77");
    masqueraded.require("ip", "link", "set", "eth0", "address", "02:00:00:00:00:78");
    masqueraded.defaultRoute("192.168.0.1");

    lab.awaitAnswer(HTTP, "dr1", SECONDS);
    lab.awaitAnswer(MASQUERADED, "nat1", SECONDS);
    running.assertEndsWhole();
  }

  @Test
  void aServerThatMovesBehindAGatewayIsFollowed() throws Exception {
    Host far = lab.host("far");
    Host gateway = lab.hostBehind("gateway", "192.168.0.70");
    lab.connect(gateway, "eth1", far, "eth0");
    gateway.address("eth1", "172.16.0.1/24").sysctl("net.ipv4.ip_forward", "1");
    far.address("eth0", "172.16.0.2/24").defaultRoute("172.16.0.1");
    lab.startWebServer(far);
    lab.director().require("ip", "route", "add", "172.16.0.0/24", "via", "192.168.0.99");
    lab.restore("-A -t 10.0.0.100:81 -s rr", "-a -t 10.0.0.100:81 -r 172.16.0.2:80 -m -w 1");
    assertThat(lab.get("http://" + VIP + ":81/", "-m", "1")).isEmpty();

    lab.director().require("ip", "route", "replace", "172.16.0.0/24", "via", "192.168.0.70");

    lab.awaitAnswer("http://" + VIP + ":81/", "far", SECONDS);
    Download running = lab.download(3, "http://" + VIP + ":81/");
    Host other = lab.hostBehind("gateway2", "192.168.0.71");
    lab.connect(other, "eth1", far, "eth1");
    other.address("eth1", "172.17.0.1/24").sysctl("net.ipv4.ip_forward", "1");
    other.require("ip", "route", "add", "172.16.0.2", "via", "172.17.0.2");
    far.address("eth1", "172.17.0.2/24").defaultRoute("172.17.0.1");
    lab.director().require("ip", "route", "replace", "172.16.0.0/24", "via", "192.168.0.71");
    gateway.require("ip", "link", "set", "eth1", "down");
    running.assertEndsWhole();
  }

  @Test
  void anInterfaceThatGoesDownAndUpServesAgain() throws Exception {
    Download running = lab.download(6, MASQUERADED);
    lab.director().require("ip", "link", "set", "eth1", "down");
    assertThat(lab.get(MASQUERADED, "-m", "1")).isEmpty();
    assertThat(lab.get(HTTP)).as("the other interface serves").isEqualTo("dr1");

    lab.director().require("ip", "link", "set", "eth1", "up");

    lab.awaitAnswer(MASQUERADED, "nat1", SECONDS);
    lab.director().require("ip", "link", "set", "eth0", "down");
    lab.director().require("ip", "link", "set", "eth0", "up");
    lab.awaitAnswer(HTTP, "dr1", SECONDS);
    running.assertEndsWhole();
  }

  @Test
  void anInterfaceThatIsDeletedAndComesBackServesAgain() throws Exception {
    assertThat(lab.get(MASQUERADED)).isEqualTo("nat1");
    lab.director().require("ip", "link", "delete", "eth1");
    assertThat(lab.get(MASQUERADED, "-m", "1")).isEmpty();
    assertThat(lab.get(HTTP)).as("the other interface serves").isEqualTo("dr1");
    assertThat(lab.command("status")).doesNotContain("eth1");

    lab.plugPrivate(lab.director(), "eth1");
    lab.director().address("eth1", "192.168.0.1/24");

    lab.awaitAnswer(MASQUERADED, "nat1", SECONDS);
    assertThat(lab.command("status")).contains("eth1: native XDP");
    assertThat(Waiting.until(DirectorLab.PATIENCE, this::theProgramForwards))
        .as("the kernel program forwards as before")
        .isTrue();
    assertThat(director.complaints().lines())
        .isNotEmpty()
        .allMatch(line -> line.contains(" WARNING eth1"));
  }

  /** Whether Java sees a small part only of a download's packets. */
  private boolean theProgramForwards() {
    try {
      long before = lab.packetsThroughJava();
      lab.download(1, MASQUERADED).assertEndsWhole();
      return lab.packetsThroughJava() - before < 100;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
