package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jlvs.testbed.bench.ChecksBench.Mass;
import org.jlvs.testbed.bench.ChecksBench.Measured;
import org.jlvs.testbed.bench.ChecksBench.Memory;
import org.jlvs.testbed.bench.ChecksBench.Work;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChecksReportTest {
  private static final Samples REMOVALS =
      new Samples(IntStream.rangeClosed(1, 200).mapToObj(n -> 10.0 * n).toList());
  private static final ChecksReport REPORT =
      new ChecksReport(
          new Measured(
              4.25,
              new Work("jlvs ldirectord", 10_000, 30, 315_000, 12, 1180, 24, 12, 3, 307_200),
              REMOVALS,
              List.of(
                  new Mass("all servers go", 1.3, 40, 10_000),
                  new Mass("a reload in which one weight differs", 0.4, 1, 1)),
              List.of(new Memory(0, 307_200, 0), new Memory(10, 308_224, 6000)),
              Optional.of(
                  new Work("original ldirectord", 100, 30, 1500, 1500, 2100, 6, 0.3, 0, 40_960)),
              2.5));

  @Test
  void theTableHasWhatEachMonitorDidAndTook() {
    assertThat(REPORT.table())
        .contains(
            "jlvs ldirectord          10000    10500     12      1180 ms       0.80        76  300 MB\n")
        .contains(
            "original ldirectord        100       50   1500      2100 ms       0.20      4000   40 MB\n")
        .contains("the servers took 0.40 and the director 0.10\n")
        .contains("all servers were in the table: 4.3 s\n");
  }

  @Test
  void theTableHasRemovalsMassEventsAndMemory() {
    assertThat(REPORT.table())
        .contains("ms (200 removals):\n  p50 1005, p99 1980, most 2000;")
        .contains("all servers go                                1.30       40    10000\n")
        .contains("a reload in which one weight differs          0.40        1        1\n")
        .contains("memory after 10 min and 6000 random failures: 301 MB\n");
  }

  @Test
  void theJsonHasThemToo() {
    JsonNode json = JsonMapper.shared().readTree(REPORT.json());

    assertThat(json.at("/monitors/0/checks").asLong()).isEqualTo(315_000);
    assertThat(json.at("/monitors/1/processor_seconds").asDouble()).isEqualTo(6);
    assertThat(json.at("/removals_milliseconds")).hasSize(200);
    assertThat(json.at("/events/1/changes").asLong()).isEqualTo(1);
    assertThat(json.at("/soak/1/kilobytes").asLong()).isEqualTo(308_224);
  }
}
