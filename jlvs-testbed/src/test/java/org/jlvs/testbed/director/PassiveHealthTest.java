package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers whose checks are good while their clients' handshakes are not. */
@Tag("system")
class PassiveHealthTest {
  private static final String HTTP = "http://" + VIP + "/";
  private static final Duration NOTICED = Duration.ofSeconds(20);

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("passive");
    assumeTrue(Testbed.isInstalled("iptables"), "iptables is not installed");
    assumeTrue(Testbed.isInstalled("python3"), "python3 is not installed");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static String configuration(String servers, String more) {
    return """
        checkinterval=1
        checktimeout=2
        passivehealth=yes
        passivefailures=3
        passivewindow=10
        %svirtual=10.0.0.100:80
        %s\tservice=http
        \tchecktype=negotiate
        \trequest="/"
        \tscheduler=rr
        \tprotocol=tcp
        """
        .formatted(more, servers);
  }

  private static final String MASQUERADED =
      "\treal=192.168.0.11:80 masq\n\treal=192.168.0.12:80 masq\n";

  private static String weight(String server, int weight) {
    return "-r " + server + " -m -w " + weight;
  }

  /** Many clients' requests at once; some of them may wait in vain. */
  private Background requests(int count) {
    return lab.client()
        .start(
            "sh",
            "-c",
            "for i in $(seq %d); do curl -s -o /dev/null -m 3 %s & done; wait"
                .formatted(count, HTTP));
  }

  /** The number in a column of {@code jlvs handshakes} for a server. */
  private long count(String server, int column) throws Exception {
    Matcher line =
        Pattern.compile("(?m)^TCP \\S+ +" + Pattern.quote(server) + " +(.*)$")
            .matcher(lab.command("handshakes"));
    return line.find() ? Long.parseLong(line.group(1).split(" +")[column]) : 0;
  }

  @Test
  void aServerThatClientsCantReachIsTakenOutAndComesBackThoughItsCheckIsGood() throws Exception {
    Host first = lab.masqueradedServer(1);
    lab.masqueradedServer(2);
    lab.startDirector();
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(lab, configuration(MASQUERADED, "passivedowntime=8\n"));
    monitor.awaitTable(
        NOTICED,
        table ->
            table.contains(weight("192.168.0.11:80", 1))
                && table.contains(weight("192.168.0.12:80", 1)));
    assertThat(lab.gets(4, HTTP)).containsOnly("nat1", "nat2");

    first.require(
        "iptables", "-A", "INPUT", "-s", "10.0.0.0/24", "-p", "tcp", "--syn", "-j", "DROP");
    requests(10);
    monitor.awaitTable(
        NOTICED,
        table ->
            table.contains(weight("192.168.0.11:80", 0))
                && table.contains(weight("192.168.0.12:80", 1)));
    monitor.awaitLine(NOTICED, "Suspect real server: 192.168.0.11:80");
    assertThat(monitor.log()).doesNotContain("Failed real server");
    assertThat(count("192.168.0.11:80", 1)).isGreaterThanOrEqualTo(3);
    assertThat(count("192.168.0.12:80", 1)).isZero();
    assertThat(lab.gets(4, HTTP)).containsOnly("nat2");

    first.require("iptables", "-F", "INPUT");
    monitor.awaitTable(NOTICED, table -> table.contains(weight("192.168.0.11:80", 1)));
    assertThat(lab.gets(4, HTTP)).containsOnly("nat1", "nat2");
  }

  @Test
  void theLastServerStaysHoweverManyHandshakesFail() throws Exception {
    Host first = lab.masqueradedServer(1);
    Host second = lab.masqueradedServer(2);
    lab.startDirector();
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(lab, configuration(MASQUERADED, "passivedowntime=60\n"));
    monitor.awaitTable(NOTICED, table -> table.contains(weight("192.168.0.12:80", 1)));
    for (Host server : new Host[] {first, second}) {
      server.require(
          "iptables", "-A", "INPUT", "-s", "10.0.0.0/24", "-p", "tcp", "--syn", "-j", "DROP");
    }
    requests(20);
    monitor.awaitLine(NOTICED, "stays, as no other server takes new connections");
    monitor.awaitTable(
        NOTICED,
        table ->
            table.contains(weight("192.168.0.11:80", 1))
                ^ table.contains(weight("192.168.0.12:80", 1)));
  }

  @Test
  void aFloodOfSynsTakesNoServerOut() throws Exception {
    lab.masqueradedServer(1);
    lab.masqueradedServer(2);
    lab.startDirector();
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(lab, configuration(MASQUERADED, "passivedowntime=60\n"));
    monitor.awaitTable(NOTICED, table -> table.contains(weight("192.168.0.12:80", 1)));
    lab.director().require("ip", "route", "add", "198.19.0.0/16", "via", "10.0.0.10");

    SynFlood.send(lab.client(), VIP, 1000, 3);
    Waiting.pause(Duration.ofSeconds(3));
    assertThat(count("192.168.0.11:80", 0) + count("192.168.0.12:80", 0))
        .as(lab.command("handshakes"))
        .isGreaterThan(900);
    assertThat(monitor.log()).doesNotContain("Suspect");
    assertThat(monitor.table())
        .contains(weight("192.168.0.11:80", 1))
        .contains(weight("192.168.0.12:80", 1));
  }

  @Test
  void byDirectRoutingFailedHandshakesLeadToAnExtraCheckOnly() throws Exception {
    lab.directServer(1);
    lab.directServer(2);
    lab.startDirector();
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(
            lab,
            configuration(
                "\treal=10.0.0.11:80 gate\n\treal=10.0.0.12:80 gate\n", "passivedowntime=60\n"));
    monitor.awaitTable(NOTICED, table -> table.contains("-r 10.0.0.12:80 -g -w 1"));
    SynFlood.send(lab.client(), VIP, 100, 2);
    monitor.awaitLine(NOTICED, "Suspect real server: 10.0.0.11:80");
    monitor.awaitLine(NOTICED, "Suspect real server: 10.0.0.12:80");
    assertThat(monitor.table())
        .contains("-r 10.0.0.11:80 -g -w 1")
        .contains("-r 10.0.0.12:80 -g -w 1");
  }
}
