package org.jlvs.testbed.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Finds scenarios that are no question of right and wrong, since the kernel plays them now one way,
 * now another: which of two timers fires first, when they end within one round of its timer wheel,
 * depends on how long ago it booted.
 */
final class KernelsChance {
  /**
   * So often one is played again, at moments of the wheel that differ. The core goes through what
   * was recorded and has no chance of its own, so once as the kernel did is enough.
   */
  private static final int TIMES = 40;

  /** Where more differ than these, it is no chance. */
  private static final int MOST = 20;

  private final Campaign campaign;

  KernelsChance(Campaign campaign) {
    this.campaign = campaign;
  }

  /** Those of the first outcomes that differ which, played again, agree at least once. */
  List<Campaign.Outcome> among(List<Campaign.Outcome> differing)
      throws IOException, InterruptedException {
    List<Campaign.Outcome> found = new ArrayList<>();
    for (Campaign.Outcome outcome : differing.subList(0, Math.min(MOST, differing.size()))) {
      boolean once =
          campaign.play(Collections.nCopies(TIMES, outcome.scenario())).stream()
              .anyMatch(again -> again.verdict() instanceof Campaign.Verdict.Agrees);
      if (once) {
        found.add(outcome);
      }
    }
    return found;
  }
}
