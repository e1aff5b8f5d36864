package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.net.DatagramSocket;
import org.jlvs.testbed.namespaces.Host;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is not for a virtual service goes on as if no director were there. */
@Tag("system")
class HostTrafficTest {
  private static DirectorLab lab;
  private static WebServer own;

  @BeforeAll
  static void begin() throws Exception {
    lab = DirectorLab.create("host");
    lab.masqueradedServer(1);
    lab.startWebServer(lab.hostBehind("other", "192.168.0.50"));
    enableIpv6(lab.director(), "eth0", "fd00::1/64");
    enableIpv6(lab.director(), "eth1", "fd01::1/64");
    enableIpv6(lab.client(), "eth0", "fd00::10/64");
    own = WebServer.start(lab.director(), 9000, "the director's own");
    lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:80 -s rr",
        "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 1",
        "-A -u 10.0.0.100:53 -s rr",
        "-a -u 10.0.0.100:53 -r 192.168.0.11:53 -m -w 1");
  }

  private static void enableIpv6(Host host, String networkInterface, String address) {
    host.sysctl("net.ipv6.conf." + networkInterface + ".disable_ipv6", "0");
    host.require("ip", "address", "add", address, "dev", networkInterface, "nodad");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      own.close();
      lab.close();
    }
  }

  private static boolean ping(String... options) {
    String[] words = new String[options.length + 5];
    System.arraycopy(new String[] {"ping", "-c", "2", "-W", "1"}, 0, words, 0, 5);
    System.arraycopy(options, 0, words, 5, options.length);
    return lab.client().run(words).ok();
  }

  @Test
  void pingsAreAnswered() {
    assertThat(ping("10.0.0.1")).isTrue();
    assertThat(ping(VIP)).isTrue();
    assertThat(ping("192.168.0.11")).as("through the director").isTrue();
  }

  @Test
  void ipv6AndItsNeighbourDiscoveryWork() {
    assertThat(ping("-6", "fd00::1")).isTrue();
    assertThat(ping("-6", "-s", "4000", "fd00::1")).as("in fragments").isTrue();
  }

  @Test
  void packetsLongerThanTheMtuReachTheHost() throws Exception {
    assertThat(ping("-s", "4000", "10.0.0.1")).isTrue();
    assertThat(ping("-s", "4000", VIP)).isTrue();
    assertThat(ping("-s", "4000", "192.168.0.11")).as("through the director").isTrue();
    try (UdpServer echo = UdpServer.start(lab.director(), VIP, 7000);
        DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 0)) {
      String question = "x".repeat(5000);
      assertThat(UdpServer.ask(client, VIP, 7000, question)).contains("director:" + question);
    }
  }

  @Test
  void addressesAreResolved() {
    lab.client().require("ip", "neighbour", "flush", "dev", "eth0");
    assertThat(ping("10.0.0.1")).isTrue();
    assertThat(lab.client().require("ip", "neighbour", "show", "10.0.0.1")).contains("lladdr");
  }

  @Test
  void otherPortsOfTheVirtualAddressAreTheHosts() {
    assertThat(lab.get("http://" + VIP + ":9000/")).isEqualTo("the director's own");
    assertThat(lab.get("http://10.0.0.1:9000/")).isEqualTo("the director's own");
    assertThat(lab.client().run("curl", "-s", "-m", "2", "http://" + VIP + ":9001/").status())
        .as("refused by the host (curl's 7), not timed out")
        .isEqualTo(7);
  }

  @Test
  void routedTrafficPasses() throws Exception {
    assertThat(lab.get("http://192.168.0.50/")).isEqualTo("other");
    lab.download(1, "http://192.168.0.50/").assertEndsWhole();
    assertThat(lab.get("http://192.168.0.11/"))
        .as("a real server by its own address")
        .isEqualTo("nat1");
  }

  @Test
  void udpOfTheHostPasses() throws Exception {
    try (UdpServer echo = UdpServer.start(lab.director(), VIP, 54);
        DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 0)) {
      assertThat(UdpServer.ask(client, VIP, 54, "hello")).contains("director:hello");
    }
  }

  @Test
  void theHostsOwnConnectionsToItsServersPass() {
    assertThat(lab.director().run("curl", "-s", "-m", "2", "http://192.168.0.11/").out())
        .isEqualTo("nat1\n");
    assertThat(
            lab.director()
                .run("curl", "-s", "-m", "2", "--local-port", "40000", "http://192.168.0.11/")
                .out())
        .isEqualTo("nat1\n");
  }
}
