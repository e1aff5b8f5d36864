package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers that are taken out while they have clients, on a whole director in simulated time. */
final class DrainingByTheDirectorTest {
  private static final Address VIP = Address.of("10.0.0.100");
  private static final ServiceKey WEB = new ServiceKey.Endpoint(Protocol.TCP, VIP, 80);

  private final SimulatedDirector director =
      new SimulatedDirector(Instant.parse("2026-11-22T10:00:00Z"));
  private final Supervision supervision = new Supervision(director, new LoggedEffects());

  @BeforeEach
  void twoServersWithClients() throws Exception {
    supervision.load(
        ConfigurationParser.parse(
            """
            draintimeout=600
            quiescent=yes
            virtual=10.0.0.100:80
            \treal=10.0.0.1:80 gate 1
            \treal=10.0.0.2:80 gate 1
            """,
            new TestNames()),
        director.now());
    check(1, true);
    check(2, true);
    for (int client = 0; client < 4; client++) {
      director.connect(VIP, 80);
    }
    assertThat(director.serversWithConnections()).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
  }

  private static ServerId id(int server) {
    return new ServerId(WEB, new ServerKey(Address.of("10.0.0." + server), 80));
  }

  private void check(int server, boolean good) {
    Outcome outcome = good ? Outcome.up("good") : Outcome.down("bad");
    supervision.found(id(server), new Finding.Checked(outcome, director.now(), Duration.ZERO));
  }

  private void maintain(int server) {
    supervision.found(id(server), new Finding.Maintained("maintenance", director.now()));
  }

  @Test
  void oneUnderMaintenanceLeavesWhenItsTimeIsOver() {
    maintain(1);
    director.sleep(Duration.ofSeconds(590));
    assertThat(director.text()).isEqualTo("10.0.0.100:80 10.0.0.1=0 10.0.0.2=1");
    director.sleep(Duration.ofSeconds(20));
    assertThat(director.text()).isEqualTo("10.0.0.100:80 10.0.0.2=1");
  }

  @Test
  void oneThatIsBackBeforeThatStays() {
    maintain(1);
    director.sleep(Duration.ofSeconds(300));
    check(1, true);
    director.sleep(Duration.ofSeconds(2000));
    assertThat(director.text()).isEqualTo("10.0.0.100:80 10.0.0.1=1 10.0.0.2=1");
  }

  @Test
  void oneThatDiesMeanwhileStaysQuiescent() {
    maintain(1);
    director.sleep(Duration.ofSeconds(300));
    check(1, false);
    director.sleep(Duration.ofSeconds(2000));
    assertThat(director.text()).isEqualTo("10.0.0.100:80 10.0.0.1=0 10.0.0.2=1");
  }
}
