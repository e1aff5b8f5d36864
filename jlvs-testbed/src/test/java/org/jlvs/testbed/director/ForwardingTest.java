package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.net.DatagramSocket;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both forwarding methods, TCP and UDP, on each kind of interface and in each mode. */
@Tag("system")
class ForwardingTest {
  private static final String HTTP = "http://" + VIP + "/";

  private DirectorLab lab;

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "generic"})
  void bothMethodsInBothModes(String mode) throws Exception {
    lab = DirectorLab.create("mode");
    lab.directServer(1);
    lab.directServer(2);
    lab.masqueradedServer(1);
    lab.masqueradedServer(2);
    // What offloads leave in one piece goes through Java in generic mode.
    lab.withoutOffloadsAtTheDirector();
    lab.startDirector("--xdp-mode", mode);
    assertThat(lab.command("status")).contains("eth0: " + mode + " XDP", "eth1: " + mode + " XDP");
    lab.restore(
        "-A -t 10.0.0.100:80 -s rr",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1",
        "-a -t 10.0.0.100:80 -r 10.0.0.12:80 -g -w 1",
        "-A -t 10.0.0.100:8080 -s rr",
        "-a -t 10.0.0.100:8080 -r 192.168.0.11:80 -m -w 1",
        "-a -t 10.0.0.100:8080 -r 192.168.0.12:80 -m -w 1");

    assertThat(lab.gets(4, HTTP)).containsExactly("dr2", "dr1", "dr2", "dr1");
    assertThat(lab.gets(4, "http://" + VIP + ":8080/"))
        .containsExactly("nat2", "nat1", "nat2", "nat1");
    lab.download(1).assertEndsWhole();
    lab.download(1, "http://" + VIP + ":8080/").assertEndsWhole();
    for (String root : List.of(HTTP, "http://" + VIP + ":8080/")) {
      assertThat(lab.upload(root, 3_000_000)).isEqualTo("3000000 bytes as sent");
    }
    assertForwardedByTheProgram();
  }

  /** Downloads of thousands of packets have been, and Java has seen a small part of them. */
  private void assertForwardedByTheProgram() throws Exception {
    assertThat(lab.packetsThroughJava()).isLessThan(400);
    assertThat(lab.command("status")).contains(" 0 dropped");
  }

  @Test
  void udpByBothMethods() throws Exception {
    lab = DirectorLab.create("udp");
    Host direct = lab.directServer(1);
    Host masqueraded = lab.masqueradedServer(1);
    Host second = lab.directServer(2);
    lab.startDirector();
    lab.restore(
        "-A -u 10.0.0.100:53 -s rr",
        "-a -u 10.0.0.100:53 -r 10.0.0.11:53 -g -w 1",
        "-A -u 10.0.0.100:54 -s rr",
        "-a -u 10.0.0.100:54 -r 192.168.0.11:5454 -m -w 1",
        "-A -u 10.0.0.100:55 -s rr -o",
        "-a -u 10.0.0.100:55 -r 10.0.0.11:55 -g -w 1",
        "-a -u 10.0.0.100:55 -r 10.0.0.12:55 -g -w 1");
    try (UdpServer one = UdpServer.start(direct, VIP, 53);
        UdpServer two = UdpServer.start(masqueraded, "192.168.0.11", 5454);
        UdpServer three = UdpServer.start(direct, VIP, 55);
        UdpServer four = UdpServer.start(second, VIP, 55);
        DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 40_000)) {
      String longQuestion = "x".repeat(4000);
      for (int i = 0; i < 20; i++) {
        assertThat(UdpServer.ask(client, VIP, 53, "a" + i)).contains("dr1:a" + i);
        assertThat(UdpServer.ask(client, VIP, 54, "b" + i)).contains("nat1:b" + i);
      }
      assertThat(UdpServer.ask(client, VIP, 53, longQuestion))
          .as("fragments")
          .contains("dr1:" + longQuestion);
      assertThat(UdpServer.ask(client, VIP, 54, longQuestion))
          .as("fragments")
          .contains("nat1:" + longQuestion);
      for (int i = 0; i < 4; i++) {
        String server = i % 2 == 0 ? "dr2" : "dr1";
        assertThat(UdpServer.ask(client, VIP, 55, "c"))
            .as("one packet each")
            .contains(server + ":c");
      }
    }
    assertThat(lab.command("ipvsadm -L -n -c").lines().filter(line -> line.startsWith("UDP")))
        .hasSize(2);
  }

  @Test
  void aBridgeAsTheDirectorsInterface() throws Exception {
    lab = DirectorLab.create("bridge");
    lab.directServer(1);
    lab.masqueradedServer(1);
    Host director = lab.director();
    director.require(
        "sh",
        "-c",
        "ip link add br0 type bridge && ip link set br0 up && ip address flush dev eth0"
            + " && ip link set eth0 master br0 && ip address add 10.0.0.1/24 dev br0 && ip address add 10.0.0.100/32 dev br0");
    lab.startDirectorOn("--interface", "br0,eth1");
    lab.restore(
        "-A -t 10.0.0.100:80 -s rr",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1",
        "-A -t 10.0.0.100:8080 -s rr",
        "-a -t 10.0.0.100:8080 -r 192.168.0.11:80 -m -w 1");

    assertThat(lab.command("status")).contains("br0: generic XDP");
    assertThat(lab.gets(3, HTTP)).containsOnly("dr1");
    assertThat(lab.gets(3, "http://" + VIP + ":8080/")).containsOnly("nat1");
    lab.download(1).assertEndsWhole();
    lab.download(1, "http://" + VIP + ":8080/").assertEndsWhole();
  }

  @Test
  void clientsOnSeveralInterfaces() throws Exception {
    lab = DirectorLab.create("several");
    lab.masqueradedServer(1);
    Host neighbour = lab.neighbour("neighbour", "eth2", "10.1.0.1/24", "10.1.0.2/24");
    Host customer = lab.neighbour("customer", "eth3", "10.2.0.1/24", "10.2.0.2/24");
    lab.startDirectorOn();
    lab.restore("-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 1");

    assertThat(lab.command("status").lines().filter(line -> line.matches("eth\\d: native XDP.*")))
        .hasSize(4);
    assertThat(lab.get(HTTP)).isEqualTo("nat1");
    for (Host client : List.of(neighbour, customer)) {
      assertThat(client.run("curl", "-s", "-m", "2", HTTP).out()).isEqualTo("nat1\n");
    }
  }
}
