package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Firewall marks and the three kinds of persistence, typed as operators type them. */
@Tag("system")
class MarkServiceTest {
  /** What a rule may take to work, and to end. */
  private static final Duration A_SECOND = Duration.ofSeconds(1);

  private static final String RULE =
      " PREROUTING -d " + VIP + " -p tcp -m multiport --dports 80,8080 -j MARK --set-mark 10";
  private static final String HTTP = "http://" + VIP + "/";
  private static final String OTHER_PORT = "http://" + VIP + ":8080/";

  private static DirectorLab lab;
  private static DirectorLab.Director director;

  @BeforeAll
  static void begin() throws Exception {
    assumeTrue(Testbed.isInstalled("iptables"), "iptables is not installed");
    lab = DirectorLab.create("marks");
    for (int i = 1; i <= 2; i++) {
      Host server = lab.masqueradedServer(i);
      WebServer.start(server, 8080, server.name());
    }
    for (int i = 1; i <= 4; i++) {
      lab.client().address("eth0", client(i) + "/24");
    }
    director = lab.startDirector();
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @AfterEach
  void clear() throws Exception {
    lab.command("ipvsadm -C");
    lab.command("mark flush");
    iptables("-F");
    assertThat(Waiting.until(A_SECOND, () -> !marks().contains("8080"))).isTrue();
  }

  private static String marks() {
    try {
      return lab.command("marks");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void iptables(String rule) {
    lab.director().require("sh", "-c", "iptables -t mangle " + rule);
  }

  private static String client(int number) {
    return "10.0.0.2" + number;
  }

  /** What a client gets by http and by the other port. */
  private static List<String> visit(int client) {
    return List.of(
        lab.get(HTTP, "--interface", client(client)),
        lab.get(OTHER_PORT, "--interface", client(client)));
  }

  private static void servers(String service, String port) throws Exception {
    lab.restore(
        "-a " + service + " -r 192.168.0.11" + port + " -m -w 1",
        "-a " + service + " -r 192.168.0.12" + port + " -m -w 1");
  }

  @Test
  void aRuleIsInForceWithinASecondAndSoIsItsEnd() throws Exception {
    lab.restore("-A -f 10 -s rr", "-a -f 10 -r 192.168.0.11 -m -w 1");
    assertThat(lab.get(HTTP)).isEmpty();

    iptables("-A" + RULE);
    lab.awaitAnswer(HTTP, "nat1", A_SECOND);
    assertThat(lab.get(OTHER_PORT)).isEqualTo("nat1");

    iptables("-D" + RULE);
    lab.awaitAnswer(HTTP, "", A_SECOND);
  }

  @Test
  void connectionsGoOnInTheKernelWhenTheirRuleNoLongerMatches() throws Exception {
    assumeTrue(Testbed.isInstalled("ipset"), "ipset is not installed");
    lab.director().require("ipset", "create", "vips", "hash:ip,port");
    lab.director().require("ipset", "add", "vips", VIP + ",tcp:80");
    iptables(
        "-A PREROUTING -p tcp -m multiport --dports 80,8080 -m set --match-set vips dst,dst"
            + " -j MARK --set-mark 10");
    lab.restore("-A -f 10 -s rr");
    servers("-f 10", "");
    assertThat(Waiting.until(A_SECOND, () -> lab.get(HTTP).startsWith("nat"))).isTrue();
    assertThat(lab.get(OTHER_PORT)).isEmpty();

    DirectorLab.Download download = lab.download(5);
    long throughJava = lab.packetsThroughJava();
    lab.director().require("ipset", "del", "vips", VIP + ",tcp:80");
    lab.director().require("ipset", "add", "vips", VIP + ",tcp:8080");
    lab.awaitAnswer(HTTP, "", A_SECOND);
    assertThat(Waiting.until(A_SECOND, () -> lab.get(OTHER_PORT).startsWith("nat"))).isTrue();
    assertThat(lab.command("marks")).contains("used by -f 10");
    download.assertEndsWhole();
    // Ten megabytes are some thousands of packets.
    assertThat(lab.packetsThroughJava() - throughJava).isLessThan(1000);

    iptables("-F");
    lab.director().require("ipset", "destroy", "vips");
  }

  @Test
  void theDirectorsOwnRulesNeedNoFirewallAndOutliveIt() throws Exception {
    lab.restore("-A -f 11 -s rr", "-A -f 12 -s rr");
    servers("-f 11", "");
    assertThat(lab.command("marks")).contains("service -f 11: no rule gives its mark");

    lab.command("mark add -d " + VIP + " -p tcp --dport 80 --set-mark 11");
    assertThat(lab.get(HTTP)).isEqualTo("nat2");
    lab.command("mark add --at 1 -d " + VIP + " -p tcp --dport 80 -j ACCEPT");
    assertThat(lab.get(HTTP)).isEmpty();
    lab.command("mark del 1");
    assertThat(lab.get(HTTP)).isEqualTo("nat1");
    assertThat(lab.command("explain tcp " + VIP + ":80"))
        .contains("by ip jlvs -d " + VIP + "/32 -p tcp -m tcp --dport 80 -j MARK");
    assertThat(lab.command("marks"))
        .contains("ip jlvs (jlvs mark):", "used by -f 11", "service -f 12: no rule gives its mark");

    director.process().kill();
    director = lab.startDirector();
    assertThat(lab.command("mark list").lines()).hasSize(2);
    assertThat(lab.get(HTTP)).isEqualTo("nat2");
    lab.command("mark flush");
    assertThat(lab.get(HTTP)).isEmpty();
  }

  @Test
  void aMarkMakesSeveralPortsOneServiceToItsClients() throws Exception {
    iptables("-A" + RULE);
    lab.restore("-A -f 10 -s rr -p 300");
    servers("-f 10", "");
    lab.awaitAnswer(HTTP, "nat2", A_SECOND);

    for (int i = 1; i <= 4; i++) {
      String server = i % 2 == 1 ? "nat1" : "nat2";
      assertThat(visit(i)).containsExactly(server, server);
    }
    assertThat(lab.command("ipvsadm -Lnc").lines())
        .filteredOn(line -> line.startsWith("IP "))
        .hasSize(5)
        .allMatch(line -> line.contains(" 0.0.0.10:0 "));
  }

  @Test
  void aPortsPersistenceIsItsOwn() throws Exception {
    lab.restore("-A -t 10.0.0.100:80 -s rr -p 300", "-A -t 10.0.0.100:8080 -s rr -p 300");
    servers("-t 10.0.0.100:80", ":80");
    lab.restore("-a -t 10.0.0.100:8080 -r 192.168.0.12:8080 -m -w 1");

    for (int i = 1; i <= 2; i++) {
      String server = i % 2 == 1 ? "nat2" : "nat1";
      assertThat(lab.gets(3, HTTP, "--interface", client(i))).containsOnly(server);
      assertThat(lab.get(OTHER_PORT, "--interface", client(i))).isEqualTo("nat2");
    }
    assertThat(templates(80)).hasSize(2);
    assertThat(templates(8080)).hasSize(2);
  }

  @Test
  void portZeroHoldsAClientOnAllPorts() throws Exception {
    lab.restore("-A -t 10.0.0.100:0 -s rr -p 300");
    servers("-t 10.0.0.100:0", ":0");

    for (int i = 1; i <= 4; i++) {
      String server = i % 2 == 1 ? "nat2" : "nat1";
      assertThat(visit(i)).containsExactly(server, server);
    }
    assertThat(templates(0)).hasSize(4);
  }

  /** Those of the other clients for a port of the service; they outlive the service. */
  private static List<String> templates(int port) throws Exception {
    return lab.command("ipvsadm -Lnc")
        .lines()
        .filter(
            line -> line.matches("TCP .* 10\\.0\\.0\\.2\\d:0 +10\\.0\\.0\\.100:" + port + " .*"))
        .toList();
  }
}
