package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.check.AgentGrammar;
import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.table.TableChange;
import org.junit.jupiter.api.Test;

/** What agents and handshakes do to the table, beside the checks. */
final class SupervisionWeightsTest {
  private static final ServiceKey WEB =
      new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80);
  private static final String TWO =
      """
      virtual=10.0.0.100:80
      \treal=10.0.0.1:80 masq 100
      \treal=10.0.0.2:80 masq 50
      \tfallback=127.0.0.1:80 masq
      \tweightagent=8081
      \tpassivehealth=yes
      \tpassivefailures=3
      \tpassivedowntime=30
      """;

  private final CoreTable table = new CoreTable();
  private final List<String> log = new ArrayList<>();
  private final List<Alert.Event> alerts = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Supervision supervision =
      new Supervision(
          table,
          new Effects() {
            @Override
            public void log(String line) {
              log.add(line);
            }

            @Override
            public void tell(ServerEvent event) {
              alerts.add(event.event());
              reasons.add(event.reason());
            }

            @Override
            public void run(OperatorCommand command) {}
          });

  private void load(String text) throws Exception {
    supervision.load(ConfigurationParser.parse(text, new TestNames()), now);
  }

  private static ServerId id(int server) {
    return new ServerId(WEB, new ServerKey(Address.of("10.0.0." + server), 80));
  }

  private void check(int server, boolean good) {
    Outcome outcome = good ? Outcome.up("HTTP status 200") : Outcome.down("connection refused");
    found(server, outcome);
  }

  private void found(int server, Outcome outcome) {
    supervision.found(id(server), new Finding.Checked(outcome, now, Duration.ZERO));
  }

  private void says(int server, String word) {
    supervision.heard(id(server), AgentGrammar.read(word), now);
  }

  private void silence(int server) {
    supervision.heard(id(server), new AgentWord.Silence("connection refused"), now);
  }

  /** The servers in the table, as {@code NUMBER=WEIGHT}; the fallback is 127. */
  private String weights() {
    return table
        .text()
        .replace("10.0.0.100:80 wrr", "")
        .replace("127.0.0.1:80", "127")
        .replaceAll("10\\.0\\.0\\.(\\d):80", "$1")
        .strip();
  }

  private void begin() throws Exception {
    load(TWO);
    check(1, true);
    check(2, true);
    assertThat(weights()).isEqualTo("1=100 2=50");
    log.clear();
    alerts.clear();
    table.history.clear();
  }

  /** The handshakes of both servers so far, seen a second after those before. */
  private List<ServerId> handshakes(long... answeredAndFailed) {
    now = now.plusSeconds(1);
    table.handshakes.clear();
    for (int server = 1; server <= 2; server++) {
      table.handshakes.add(
          new ServerHandshakes(
              WEB,
              id(server).server(),
              true,
              answeredAndFailed[2 * server - 2],
              answeredAndFailed[2 * server - 1],
              0,
              0,
              List.of(new ServerHandshakes.FailedClient(Address.of("198.18.0.1"), 0))));
    }
    return supervision.lookAtHandshakes(now);
  }

  @Test
  void aWeightIsEditedInPlaceAndNobodyIsAlarmed() throws Exception {
    begin();
    says(1, "50%");
    assertThat(weights()).isEqualTo("1=50 2=50");
    says(1, "52%");
    says(1, "200%");
    assertThat(weights()).isEqualTo("1=200 2=50");
    assertThat(table.history).hasSize(2).allMatch(TableChange.EditServer.class::isInstance);
    assertThat(alerts).isEmpty();
    assertThat(log)
        .containsExactly(
            "Agent of real server: 10.0.0.1:80 (tcp:10.0.0.100:80): its agent says 50%",
            "Weighted real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 50)",
            "Agent of real server: 10.0.0.1:80 (tcp:10.0.0.100:80): its agent says 200%",
            "Weighted real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 200)");
  }

  @Test
  void anAgentCanTakeItsServerOutInEachWay() throws Exception {
    begin();
    says(1, "drain # planned");
    assertThat(weights()).isEqualTo("1=0 2=50");
    assertThat(alerts).containsExactly(Alert.Event.QUIESCENT);
    assertThat(reasons.getLast()).isEqualTo("its agent says drain (planned)");
    says(1, "0%");
    assertThat(weights()).isEqualTo("1=0 2=50");
    says(1, "100%");
    assertThat(weights()).isEqualTo("1=100 2=50");
    assertThat(alerts.getLast()).isEqualTo(Alert.Event.RESTORED);
    says(1, "maint");
    assertThat(weights()).isEqualTo("2=50");
    says(1, "up");
    assertThat(weights()).isEqualTo("1=100 2=50");
    says(1, "down");
    assertThat(weights()).isEqualTo("2=50");
    says(1, "40%");
    assertThat(weights()).isEqualTo("1=40 2=50");
    assertThat(log)
        .contains(
            "Agent of real server: 10.0.0.1:80 (tcp:10.0.0.100:80): its agent says drain (planned)",
            "Quiescent real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 0)",
            "Restored real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 100)");
  }

  @Test
  void anAgentNeverOverridesAFailedCheckAndWaitsForTheFirstOne() throws Exception {
    load(TWO);
    says(1, "50%");
    assertThat(weights()).isEmpty();
    check(1, true);
    check(2, true);
    assertThat(weights()).isEqualTo("1=50 2=50");
    check(1, false);
    says(1, "100%");
    assertThat(weights()).isEqualTo("2=50");
    check(1, true);
    assertThat(weights()).isEqualTo("1=100 2=50");
  }

  @Test
  void theFallbackComesWhenAgentsHaveDrainedAll() throws Exception {
    begin();
    says(1, "drain");
    says(2, "0%");
    assertThat(weights()).isEqualTo("1=0 2=0 127=1");
    says(2, "10%");
    assertThat(weights()).isEqualTo("1=0 2=5");
  }

  @Test
  void aSilentAgentLosesItsSayAndIsNamedOnce() throws Exception {
    begin();
    says(1, "20%");
    silence(1);
    silence(1);
    assertThat(weights()).isEqualTo("1=20 2=50");
    silence(1);
    silence(1);
    assertThat(weights()).isEqualTo("1=100 2=50");
    assertThat(log.subList(2, log.size()))
        .containsExactly(
            "Silent agent of real server: 10.0.0.1:80 (tcp:10.0.0.100:80): connection refused",
            "Agent of real server: 10.0.0.1:80 (tcp:10.0.0.100:80): has no say any more, as it is"
                + " silent",
            "Weighted real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 100)");
  }

  @Test
  void aChecksOwnAnswerSaysTheWeight() throws Exception {
    load(TWO.replace("weightagent=8081", "weightheader=X-Load"));
    found(1, new Outcome(true, "HTTP status 200", Optional.of(AgentGrammar.read("30%"))));
    check(2, true);
    assertThat(weights()).isEqualTo("1=30 2=50");
    found(1, new Outcome(true, "HTTP status 200", Optional.of(AgentGrammar.read("down"))));
    assertThat(weights()).isEqualTo("2=50");
  }

  @Test
  void aReloadKeepsWhatAgentsSaid() throws Exception {
    begin();
    says(1, "20%");
    load(TWO.replace("masq 50", "masq 60"));
    assertThat(weights()).isEqualTo("1=20 2=60");
    load(TWO.replace("weightagent=8081", "weightagent=none"));
    assertThat(weights()).isEqualTo("1=100 2=50");
  }

  @Test
  void aServerWhoseHandshakesFailIsOutForItsTime() throws Exception {
    begin();
    handshakes(0, 0, 0, 0);
    assertThat(handshakes(1, 2, 9, 0)).isEmpty();
    assertThat(handshakes(1, 3, 20, 0)).containsExactly(id(1));
    assertThat(weights()).isEqualTo("1=0 2=50");
    assertThat(log)
        .contains(
            "Suspect real server: 10.0.0.1:80 (tcp:10.0.0.100:80): 3 handshakes with 1 client"
                + " failed and 1 went well within 10 s; no new connections for 30 s");
    check(1, true);
    now = now.plusSeconds(25);
    handshakes(1, 3, 40, 0);
    assertThat(weights()).isEqualTo("1=0 2=50");
    now = now.plusSeconds(5);
    handshakes(1, 3, 40, 0);
    assertThat(weights()).isEqualTo("1=100 2=50");
    assertThat(log)
        .contains("Readmitted real server: 10.0.0.1:80 (tcp:10.0.0.100:80): its time out is over");
  }

  @Test
  void theLastServerStaysAndOneThatIsOutComesBackForIt() throws Exception {
    begin();
    handshakes(0, 0, 0, 0);
    assertThat(handshakes(0, 9, 0, 9)).containsExactly(id(1), id(2));
    assertThat(weights()).isEqualTo("1=0 2=50");
    assertThat(log.toString()).contains("it stays, as no other server takes new connections");
    check(2, false);
    assertThat(weights()).isEqualTo("1=100");
    assertThat(log)
        .contains(
            "Readmitted real server: 10.0.0.1:80 (tcp:10.0.0.100:80): no other server takes new"
                + " connections");
  }

  @Test
  void withoutADowntimeSuspicionLeadsToAnExtraCheckOnly() throws Exception {
    load(TWO.replace("passivedowntime=30", "passivedowntime=0"));
    check(1, true);
    check(2, true);
    handshakes(0, 0, 0, 0);
    assertThat(handshakes(0, 9, 9, 0)).containsExactly(id(1));
    assertThat(weights()).isEqualTo("1=100 2=50");
    assertThat(supervision.followsHandshakes()).isTrue();
    load(TWO.replace("passivehealth=yes", "passivehealth=no"));
    assertThat(supervision.followsHandshakes()).isFalse();
  }

  @Test
  void handshakesThatTheTableCantTellOfChangeNothing() throws Exception {
    begin();
    handshakes(0, 0, 0, 0);
    table.outOfReach = true;
    assertThat(supervision.lookAtHandshakes(now)).isEmpty();
    table.outOfReach = false;
    assertThat(handshakes(0, 9, 9, 0)).containsExactly(id(1));
  }
}
