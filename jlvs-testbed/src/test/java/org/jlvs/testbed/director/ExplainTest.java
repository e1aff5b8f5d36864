package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.util.List;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code jlvs explain} on a director with real interfaces, rules and neighbours. */
@Tag("system")
class ExplainTest {
  private DirectorLab lab;
  private Host direct;
  private Host masqueraded;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("explain");
    direct = lab.directServer(1);
    masqueraded = lab.masqueradedServer(1);
    lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:80 -s wrr",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1",
        "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 3");
  }

  @AfterEach
  void end() {
    lab.close();
  }

  @Test
  void itSaysWhereTheNextClientsGoAndTheyGoThere() throws Exception {
    for (int i = 0; i < 6; i++) {
      String said = lab.command("explain -s 10.0.0.10 tcp 10.0.0.100:80");
      String server = lab.get("http://" + VIP + "/");
      assertThat(said)
          .contains(
              server.equals("dr1") ? "goes to 10.0.0.11:80: wrr" : "goes to 192.168.0.11:80: wrr");
    }
    assertThat(lab.command("explain -s 10.0.0.10 tcp 10.0.0.100:80"))
        .contains("comes by    eth0, native XDP")
        .contains("service     TCP 10.0.0.100:80 wrr (its protocol, address and port)")
        .containsPattern(
            "next hop [0-9.]+ on eth[01] \\(([0-9a-f]{2}:){5}[0-9a-f]{2}, MTU 1500\\)");
  }

  @Test
  void marksAreExplainedByTheirRules() throws Exception {
    assumeThat(Testbed.isInstalled("iptables")).as("iptables is installed").isTrue();
    lab.director()
        .require(
            "iptables",
            "-t",
            "mangle",
            "-A",
            "PREROUTING",
            "-d",
            VIP,
            "-p",
            "tcp",
            "--dport",
            "443",
            "-j",
            "MARK",
            "--set-mark",
            "10");
    lab.restore("-A -f 10 -s rr -p 300", "-a -f 10 -r 10.0.0.11 -g -w 1");
    Waiting.until(DirectorLab.PATIENCE, () -> said().contains("mark        10"));
    assertThat(said())
        .contains("mark        10\n")
        .contains("--dport 443")
        .contains("service     FWM 10 rr, persistent 300 s")
        .contains("goes to 10.0.0.11:443");
  }

  @Test
  void servicesAndTunnelsAreNamedWithWhatTheyAreSetUpWith() throws Exception {
    lab.restore(
        "-A -t 10.0.0.100:82 -s sh -b sh-port -p 60 -M 255.255.255.0",
        "-a -t 10.0.0.100:82 -r 192.168.0.11:82 -i -w 1 --tun-type gue --tun-port 6080"
            + " --tun-csum -x 30 -y 5",
        "-A -u 10.0.0.100:5061 -s rr -o -p 90 --pe sip");
    assertThat(lab.command("explain tcp 10.0.0.100:82"))
        .contains("TCP 10.0.0.100:82 sh (sh-port), persistent 60 s by client network 255.255.255.0")
        .contains("192.168.0.11:82 by tunnel (gue to port 6080, with checksum)")
        .containsPattern("server +method +weight +active +inactive +upper/lower +load")
        .containsPattern("192\\.168\\.0\\.11:82 +Tunnel +1 +0 +0 +30/5 ");
    assertThat(lab.command("explain --json tcp 10.0.0.100:82").replaceAll("\\s", ""))
        .contains("\"tunnel\":{\"type\":\"gue\",\"port\":6080,\"checksum\":\"full\"}")
        .contains("\"schedulerFlags\":\"sh-port\",\"onePacket\":false,\"persistent\":true")
        .contains("\"persistenceSeconds\":60,\"clientMask\":\"255.255.255.0\"");
    assertThat(lab.command("explain udp 10.0.0.100:5061"))
        .contains("UDP 10.0.0.100:5061 rr, one-packet, persistent 90 s by sip");
  }

  private String said() {
    try {
      return lab.command("explain -s 10.0.0.10 tcp 10.0.0.100:443");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itSaysWhereACallGoesAndTheCallGoesThere() throws Exception {
    lab.restore(
        "-A -u 10.0.0.100:5060 -s rr -p 60 --pe sip",
        "-a -u 10.0.0.100:5060 -r 10.0.0.11:5060 -g -w 1",
        "-a -u 10.0.0.100:5060 -r 192.168.0.11:5060 -m -w 1");
    try (UdpServer phone = UdpServer.start(direct, VIP, 5060);
        UdpServer other = UdpServer.start(masqueraded, "192.168.0.11", 5060)) {
      for (String callId : List.of("one@a", "two@a", "one@a", "one@a", "two@a")) {
        String said =
            lab.command("explain -s 10.0.0.10 --call-id " + callId + " udp 10.0.0.100:5060");
        assertThat(said).contains("call        " + callId);
        try (DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 0)) {
          String message = "INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: " + callId + "\r\n\r\n";
          String answer = UdpServer.ask(client, VIP, 5060, message).orElse("nobody");
          assertThat(said)
              .contains(
                  answer.startsWith("dr1:")
                      ? "goes to 10.0.0.11:5060: "
                      : "goes to 192.168.0.11:5060: ");
        }
      }
    }
    assertThat(lab.command("explain -s 10.0.0.10 --call-id one@a udp 10.0.0.100:5060"))
        .contains("the call's template names");
    assertThat(lab.command("explain --json --call-id a@ udp 10.0.0.100:5060"))
        .contains("\"outcome\" : \"dropped\"", "\"callId\" : \"a@\"");
  }

  @Test
  void itSaysWhatBypassesAServiceWithoutServersAndThatGoesOn() throws Exception {
    assumeThat(Testbed.isInstalled("iptables")).as("iptables is installed").isTrue();
    String mark = "-t mangle -A PREROUTING -d 192.168.0.11 -p tcp --dport 80 -j MARK --set-mark 7";
    lab.director().require(("iptables " + mark).split(" "));
    lab.director().require("ip", "rule", "add", "fwmark", "7", "lookup", "100");
    lab.director().require("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100");
    lab.restore("-A -f 7 -s rr");
    Waiting.until(
        DirectorLab.PATIENCE,
        () -> saidOfWebsite().contains("refused: the service has no servers"));
    assertThat(saidOfWebsite()).contains("the client is told nothing");
    lab.command("sysctl net.ipv4.vs.cache_bypass=1");
    assertThat(saidOfWebsite())
        .contains("goes on to 192.168.0.11:80: the service has no servers")
        .contains("192.168.0.11:80 by bypass, next hop 192.168.0.11 on eth1");
    assertThat(lab.get("http://192.168.0.11/")).isEqualTo("nat1");
    assertThat(lab.command("ipvsadm -Lnc")).contains("192.168.0.11:80    0.0.0.0:0");
  }

  private String saidOfWebsite() {
    try {
      return lab.command("explain -s 10.0.0.10 tcp 192.168.0.11:80");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    assertThat(lab.command("explain tcp 10.0.0.100:81"))
        .contains("left to the host: no service is for TCP 10.0.0.100:81");
    lab.command("ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 0");
    lab.command("ipvsadm -e -t 10.0.0.100:80 -r 192.168.0.11:80 -m -w 0");
    assertThat(lab.command("explain tcp 10.0.0.100:80"))
        .contains("quiesced: weight 0")
        .contains("refused: no server takes connections")
        .contains("port unreachable");
    assertThat(lab.command("explain --json tcp 10.0.0.100:80"))
        .contains("\"outcome\" : \"no_server\"");
  }

  @Test
  void wrongWordsAreNamedInOneLine() {
    Command.Result protocol = lab.type("explain", "icmp", "10.0.0.100:80");
    assertThat(protocol.status()).isEqualTo(2);
    assertThat(protocol.err())
        .startsWith("explain: there is no protocol \"icmp\"; expected tcp, udp or sctp\n");
    assertThat(lab.type("explain", "tcp", "10.0.0.300:80").err())
        .startsWith(
            "explain: destination \"10.0.0.300:80\" is no address; expected such as 192.0.2.10:80 or [2001:db8::10]:80\n");
    assertThat(lab.type("explain", "tcp", "10.0.0.100").err())
        .startsWith(
            "explain: destination \"10.0.0.100\" has no port; expected such as 192.0.2.10:80\n");
    assertThat(lab.type("explain", "--help").out()).startsWith("Usage: jlvs explain");
  }
}
