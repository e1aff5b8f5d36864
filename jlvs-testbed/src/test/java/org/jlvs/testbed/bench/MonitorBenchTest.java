package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** jlvs' monitor and the original, on the same servers at the same time. */
@Tag("system")
class MonitorBenchTest {
  private static final String PURPOSE = "jlvs-e2e-monitors";

  /**
   * The original waits a second for each server that hangs, and checks one after the other: it is
   * safe by seconds who is first.
   */
  @Test
  void serversThatHangDelayTheOriginalAndNotThisOne() throws Exception {
    Optional<String> unable = Testbed.missing();
    assumeTrue(unable.isEmpty(), unable::toString);
    List<String> missing = MonitorBench.missing();
    assumeTrue(missing.isEmpty(), () -> "not installed: " + missing);
    Testbed.removeLeftovers(PURPOSE, false);
    try (Testbed testbed = Testbed.create(PURPOSE)) {
      MonitorBench.Outcome outcome =
          new MonitorBench(testbed, Path.of("..").toAbsolutePath().normalize(), 1, System.err)
              .runMany(20, 8);

      assertThat(outcome.ours()).isLessThan(outcome.originals());
    }
  }
}
