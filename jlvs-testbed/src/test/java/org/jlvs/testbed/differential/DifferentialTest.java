package org.jlvs.testbed.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DifferentialTest {
  private static String misuse(String... arguments) throws InterruptedException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Differential.run(
            List.of(arguments),
            new PrintStream(new ByteArrayOutputStream()),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(exitCode).isEqualTo(2);
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Fixed, so that a failure is the change's under test. */
  private static final String SEEDS = "10561-10620";

  @Test
  @Tag("system")
  void theCoreDoesWhatTheKernelDoes() throws InterruptedException {
    assumeTrue(UserModeLinux.missing().isEmpty(), () -> UserModeLinux.missing().orElseThrow());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Differential.run(
            List.of("--seeds", SEEDS),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));

    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("seeds " + SEEDS, " 0 differences");
    assertThat(exitCode).isZero();
  }

  @Test
  void misuseIsExplained() throws InterruptedException {
    String usage = "; usage: jlvs differential [--seeds A-B] [--keep DIR]\n";
    assertThat(misuse("--seed", "1"))
        .isEqualTo("jlvs differential: unknown option \"--seed\"" + usage);
    assertThat(misuse("--seeds", "a"))
        .isEqualTo(
            "jlvs differential: --seeds wants a range of numbers like 1-200, not \"a\"" + usage);
    assertThat(misuse("--seeds", "9-2"))
        .isEqualTo("jlvs differential: the seeds 9-2 are no range" + usage);
    assertThat(misuse("--keep")).isEqualTo("jlvs differential: --keep wants a folder" + usage);
  }
}
