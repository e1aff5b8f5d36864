package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.jlvs.testbed.bench.TransferBench.Outcome;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TransferReportTest {
  private static final TransferReport REPORT =
      new TransferReport(
          List.of(
              new Outcome(TransferBench.REFERENCE, true, samples(1000, 1200, 900)),
              new Outcome("jlvs NAT, native", true, samples(510, 500, 400)),
              new Outcome(TransferBench.REFERENCE, false, samples(400)),
              new Outcome("jlvs NAT, native", false, samples(600))));

  private static Samples samples(double... values) {
    return new Samples(Arrays.stream(values).boxed().toList());
  }

  @Test
  void theTableComparesEachWithKernelForwardingUnderTheSameOffloads() {
    assertThat(REPORT.table().lines())
        .contains(
            "kernel forwarding                 1000      900     1200       1.00",
            "jlvs NAT, native                   500      400      510       0.50",
            "kernel forwarding                  400      400      400       1.00",
            "jlvs NAT, native                   600      600      600       1.50");
  }

  @Test
  void theJsonHasEverySample() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.path("bytes").asLong()).isEqualTo(TransferBench.BYTES);
    JsonNode nat = json.path("contenders").path(1);
    assertThat(nat.path("name").asString()).isEqualTo("jlvs NAT, native");
    assertThat(nat.path("offloads").asBoolean()).isTrue();
    assertThat(nat.path("median_megabytes_per_second").asLong()).isEqualTo(500);
    assertThat(nat.path("times_as_fast_as_kernel_forwarding").asDouble()).isEqualTo(0.5);
    assertThat(nat.path("samples_megabytes_per_second").size()).isEqualTo(3);
  }
}
