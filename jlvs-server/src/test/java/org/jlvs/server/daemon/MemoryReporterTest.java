package org.jlvs.server.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryReporterTest {
  @Test
  void freeAndBufferMemoryIsWhatIsLeft() {
    String meminfo =
        """
        MemTotal:       16000000 kB
        MemFree:           40000 kB
        MemAvailable:   12000000 kB
        Buffers:             400 kB
        Cached:          9000000 kB
        """;
    assertThat(MemoryReporter.freePages(meminfo)).isEqualTo(10_100);
  }

  @Test
  void aHostThatSaysNothingHasPlenty() {
    assertThat(MemoryReporter.freePages("MemFree: many kB\n\n")).isEqualTo(Long.MAX_VALUE);
  }
}
