package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jlvs.core.control.ForwardingMethod;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("system")
class ProgramBenchTest {

  @ParameterizedTest
  @CsvSource({"1000, DIRECT_ROUTE", "1000, MASQUERADE", "100000, DIRECT_ROUTE"})
  void everyPacketIsAConnectionsAndIsDirected(int flows, ForwardingMethod forwarding)
      throws IOException {
    Rights.assume();
    try (ProgramBench bench = ProgramBench.fill(flows, forwarding)) {
      ProgramBench.Round round = bench.round(200_000);

      assertThat(round.harness()).isPositive();
      assertThat(round.whole()).isPositive();
    }
  }
}
