package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.bench.CommandsBench.Measured;
import org.jlvs.testbed.bench.CommandsBench.Outcome;
import org.jlvs.testbed.bench.CommandsBench.Streaming;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandsReportTest {
  private static final CommandsReport REPORT =
      new CommandsReport(
          new Measured(
              List.of(
                  new Outcome(
                      "original ipvsadm -v", Optional.empty(), new Samples(List.of(4.0, 5.0, 6.0))),
                  new Outcome(
                      "jlvs ipvsadm -v", Optional.of(100), new Samples(List.of(60.0, 50.0, 90.0)))),
              List.of(
                  new Outcome("jlvs ipvsadm -R", Optional.of(2000), new Samples(List.of(900.0)))),
              new Streaming(1_000_000, 3.25, 92_160, 512_000, 614_400, 12.4)));

  @Test
  void theTableHasAllTimesWithTheirTargets() {
    assertThat(REPORT.table())
        .contains("original ipvsadm -v              5.0      4.0      6.0         \n")
        .contains("jlvs ipvsadm -v                 60.0     50.0     90.0      100\n")
        .contains("jlvs ipvsadm -R                900.0    900.0    900.0     2000\n")
        .contains("-Lnc of 1,000,000 connections, with a Java heap of 32 MB: 3.3 s\n")
        .contains("the command at most 90 MB, of the director 500 MB before and 600 MB after\n")
        .contains("for at most 12 ms meanwhile\n");
  }

  @Test
  void theJsonHasThemToo() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.at("/commands/1/median_milliseconds").asDouble()).isEqualTo(60);
    assertThat(json.at("/commands/1/target_milliseconds").asInt()).isEqualTo(100);
    assertThat(json.at("/commands/0").has("target_milliseconds")).isFalse();
    assertThat(json.at("/table/0/samples_milliseconds/0").asDouble()).isEqualTo(900);
    assertThat(json.at("/connections/listed").asLong()).isEqualTo(1_000_000);
  }
}
