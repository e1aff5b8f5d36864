package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MonitorLineTest {
  /** All but the last were written by the original, after time and process id. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "virtual=10.0.0.1:80; real=127.0.0.1:81 masq; checkport=0;"
            + " external /bin/x tcp 127.0.0.1 81 1 masq /  [up] -",
        "virtual=10.0.0.1:80; real=127.0.0.1:81 masq; checkport=9999;"
            + " external /bin/x tcp 127.0.0.1 81 9999 1 masq /  [up] -",
        "virtual=7; real=127.0.0.1 masq; checkport=0;"
            + " external /bin/x fwm 127.0.0.1 0 1 masq /  [up] -",
        "virtual6=[fc00::1]:80; real6=[::1]:81 masq; checkport=0;"
            + " external /bin/x tcp [ 1] 81 1 masq /  [up] -",
        "virtual=10.0.0.1:80; real=127.0.0.1 gate; checkport=0;"
            + " external /bin/x tcp 127.0.0.1 0 1 gate /  [up] -",
        "virtual=10.0.0.1:80; real=127.0.0.1:81 ipip 3 \"/a:b\", \"c\"; checkport=0;"
            + " external /bin/x tcp 127.0.0.1 81 3 ipip /a b c [up] -",
      })
  void theFieldsAreTheOriginals(String virtual, String real, String port, String line)
      throws Exception {
    String text =
        "%s\n\t%s\n\tchecktype=external\n\tcheckcommand=\"/bin/x\"\n".formatted(virtual, real)
            + (port.endsWith("=0") ? "" : "\t" + port + "\n");
    VirtualServer server =
        ConfigurationParser.parse(text, new TestNames()).virtualServers().getFirst();
    RealServer one = server.realServers().getFirst();
    Watch watch =
        new Watch(
            new ServerId(server.key(), one.key(server.key())), server, one, new Check.Fixed(true));
    assertThat(MonitorLine.of(watch, Outcome.up("-"))).isEqualTo(line);
  }
}
