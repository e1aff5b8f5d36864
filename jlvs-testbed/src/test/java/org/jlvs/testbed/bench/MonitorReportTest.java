package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.jlvs.testbed.bench.MonitorBench.Outcome;
import org.jlvs.testbed.bench.WatchedDirector.Kind;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MonitorReportTest {
  private static final MonitorReport REPORT =
      new MonitorReport(
          List.of(
              new Outcome(
                  "refused",
                  true,
                  Map.of(
                      Kind.ORIGINAL, new Samples(List.of(900.0, 1200.0, 400.0)),
                      Kind.JLVS, new Samples(List.of(500.0, 100.0, 800.0)))),
              new Outcome(
                  "start with 200",
                  false,
                  Map.of(
                      Kind.ORIGINAL, new Samples(List.of(9000.0)),
                      Kind.JLVS, new Samples(List.of(1000.0))))),
          2.5);

  @Test
  void theTableHasMediansSpreadsAndWhoWasFirst() {
    assertThat(REPORT.table())
        .contains(
            "refused                                   0.90 (0.40-1.20)          0.50 (0.10-0.80)"
                + "     -0.37 ± 0.87\n")
        .contains(
            "mean of all with 3 servers                            0.83                      0.47"
                + "     -0.37 ± 0.87\n")
        .contains("          -8.00\n")
        .contains("load 2.5");
  }

  @Test
  void theJsonHasAllTurns() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.at("/events/0/event").asString()).isEqualTo("refused");
    assertThat(json.at("/events/0/jlvs_ldirectord_milliseconds/2").asDouble()).isEqualTo(800);
    assertThat(json.at("/events/0/original_ldirectord_milliseconds")).hasSize(3);
  }
}
