package org.jlvs.testbed.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("system")
class KernelsChanceTest {
  private static Campaign.Outcome differing(String name, String command) {
    Scenario scenario = new Scenario(name, "", List.of(new Step.Command(command)));
    return new Campaign.Outcome(scenario, Path.of(name), new Campaign.Verdict.Differs("once"));
  }

  @Test
  void whatTheKernelPlaysBothWaysIsChanceAndWhatItAlwaysPlaysOtherwiseIsNot(@TempDir Path folder)
      throws Exception {
    assumeTrue(UserModeLinux.missing().isEmpty(), () -> UserModeLinux.missing().orElseThrow());
    Campaign.Outcome sometimes = differing("sometimes", "ipvsadm -A -t 10.0.0.100:80");
    // The simulated machine has no such program.
    Campaign.Outcome always = differing("always", "ipvsadm -Ln; uname");

    List<Campaign.Outcome> chance =
        new KernelsChance(new Campaign(folder)).among(List.of(sometimes, always));

    assertThat(chance).containsExactly(sometimes);
  }
}
