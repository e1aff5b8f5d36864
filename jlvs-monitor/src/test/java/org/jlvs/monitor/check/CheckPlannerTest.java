package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which check a section's lines mean. */
class CheckPlannerTest {
  private static final Address SERVER = Address.parse("10.0.0.1").orElseThrow();
  private static final Duration TIMEOUT = Duration.ofSeconds(7);

  /** What the port is of by TCP says nothing of SCTP; a service that is named is spoken by TCP. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "tcp,  checktype=connect,                    Connect",
    "tcp,  checktype=negotiate,                  Http",
    "tcp,  service=none,                         Fixed",
    "udp,  checktype=connect,                    Ping",
    "udp,  service=none,                         Fixed",
    "sctp, checktype=connect,                    Associate",
    "sctp, checktype=negotiate,                  Associate",
    "sctp, service=none,                         Associate",
    "sctp, checktype=3,                          Combined",
    "sctp, checktype=ping,                       Ping",
    "sctp, service=simpletcp,                    Text",
  })
  void theCheckFitsTheProtocol(String protocol, String line, String check) throws Exception {
    assertThat(plan(protocol, line).getClass().getSimpleName()).isEqualTo(check);
  }

  @Test
  void anEndpointIsAskedAtItsPortOrAtTheOneForChecks() throws Exception {
    assertThat(plan("sctp", "checktype=connect"))
        .isEqualTo(new Check.Associate(SERVER, 80, TIMEOUT));
    assertThat(plan("sctp", "checkport=3868"))
        .isEqualTo(new Check.Associate(SERVER, 3868, TIMEOUT));
  }

  private static Check plan(String protocol, String line) throws ConfigurationException {
    VirtualServer virtual =
        ConfigurationParser.parse(
                "checktimeout=7\nvirtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tprotocol=%s\n\t%s\n"
                    .formatted(protocol, line),
                new TestNames())
            .virtualServers()
            .getFirst();
    return CheckPlanner.plan(virtual, virtual.realServers().getFirst());
  }
}
