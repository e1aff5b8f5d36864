package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ForwardReportTest {
  private static final ForwardReport REPORT =
      new ForwardReport(
          new Cpus(0, 1, 0),
          1000,
          List.of(
              new ForwardBench.Outcome(
                  "kernel forwarding", samples(600e3, 500e3, 580e3), samples(5e6, 5e6, 5e6)),
              new ForwardBench.Outcome(
                  "jlvs NAT", samples(2900e3, 2000e3, 3000e3), samples(5e6, 4e6, 6e6))),
          List.of(new ProgramTimes("direct routing", 1000, samples(61, 55, 58))));

  @Test
  void theTableHasMediansSpreadAndRatiosToTheFirst() {
    assertThat(REPORT.table().lines())
        .contains(
            "sender on CPU 0, director on CPU 1, receiver on CPU 0; 3 rounds of a second each, in turns",
            "kernel forwarding         0.58      0.50      0.60      5.00      1.00",
            "jlvs NAT                  2.90      2.00      3.00      5.00      5.00",
            "direct routing       1000 flows        58        55        61");
  }

  @Test
  void theJsonHasTheSameAndEverySample() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.path("flows").asInt()).isEqualTo(1000);
    JsonNode nat = json.path("contenders").path(1);
    assertThat(nat.path("name").asString()).isEqualTo("jlvs NAT");
    assertThat(nat.path("median_packets_per_second").asLong()).isEqualTo(2_900_000);
    assertThat(nat.path("times_kernel_forwarding").asDouble()).isEqualTo(5.0);
    assertThat(nat.path("samples_packets_per_second").size()).isEqualTo(3);
    JsonNode program = json.path("program").path(0);
    assertThat(program.path("forwarding").asString()).isEqualTo("direct routing");
    assertThat(program.path("median_nanoseconds_per_packet").asDouble()).isEqualTo(58);
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertThat(samples(4, 1, 3, 2).median()).isEqualTo(2.5);
    assertThatThrownBy(ForwardReportTest::samples).hasMessage("no samples");
  }

  private static Samples samples(double... values) {
    return new Samples(Arrays.stream(values).boxed().toList());
  }
}
