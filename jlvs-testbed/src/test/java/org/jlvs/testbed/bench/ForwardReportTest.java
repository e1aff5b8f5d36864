package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jlvs.testbed.bench.ForwardBench.Outcome;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ForwardReportTest {
  private static final ForwardReport REPORT =
      new ForwardReport(
          1000,
          List.of(
              new Outcome(ForwardBench.BASELINE, samples(10e6, 12e6, 9e6)),
              new Outcome(ForwardBench.REFERENCE, samples(2.6e6, 2e6, 2.5e6)),
              new Outcome("jlvs NAT", samples(6e6, 6.25e6, 7e6))),
          List.of(new ProgramTimes("direct routing", 1000, samples(61, 55, 58))));

  @Test
  void theTableComparesWhatTheDirectorAdds() {
    assertThat(REPORT.table().lines())
        .contains(
            "no director               10.00     9.00    12.00        100",
            "kernel forwarding          2.50     2.00     2.60        400       300       1.00      1.00",
            "jlvs NAT                   6.25     6.00     7.00        160        60       2.50      5.00",
            "direct routing       1000 flows         58       55       61");
  }

  @Test
  void theJsonHasTheSameAndEverySample() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.path("flows").asInt()).isEqualTo(1000);
    assertThat(json.path("contenders").path(0).has("director_nanoseconds_per_packet")).isFalse();
    JsonNode nat = json.path("contenders").path(2);
    assertThat(nat.path("name").asString()).isEqualTo("jlvs NAT");
    assertThat(nat.path("median_packets_per_second").asLong()).isEqualTo(6_250_000);
    assertThat(nat.path("director_nanoseconds_per_packet").asDouble()).isEqualTo(60);
    assertThat(nat.path("director_times_as_fast_as_kernel_forwarding").asDouble()).isEqualTo(5);
    assertThat(nat.path("whole_times_as_fast_as_kernel_forwarding").asDouble()).isEqualTo(2.5);
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
