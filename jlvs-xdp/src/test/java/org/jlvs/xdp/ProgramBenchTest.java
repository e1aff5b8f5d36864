package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("system")
class ProgramBenchTest {

  @ParameterizedTest
  @EnumSource
  void everyPacketIsAConnectionsAndIsDirected(ProgramBench.Way way) throws IOException {
    Rights.assume();
    try (ProgramBench bench = ProgramBench.fill(100_000, way)) {
      ProgramBench.Round round = bench.round(200_000);

      assertThat(round.harness()).isPositive();
      assertThat(round.whole()).isPositive();
    }
  }
}
