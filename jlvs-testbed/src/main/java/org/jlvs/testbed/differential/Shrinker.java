package org.jlvs.testbed.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds a small scenario in which kernel and core still differ, by leaving steps out (Zeller's
 * ddmin). All attempts of a round are played at once.
 */
final class Shrinker {
  private static final int MOST_ROUNDS = 16;

  private final Campaign campaign;

  Shrinker(Campaign campaign) {
    this.campaign = campaign;
  }

  /** The smallest outcome found; the given one when nothing smaller differs. */
  Campaign.Outcome shrink(Campaign.Outcome differing) throws IOException, InterruptedException {
    Campaign.Outcome smallest = differing;
    int parts = 4;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      List<Step> steps = smallest.scenario().steps();
      List<Scenario> attempts = attempts(smallest.scenario(), Math.min(parts, steps.size()));
      attempts.removeIf(attempt -> !Timeline.isFair(attempt.steps()));
      Optional<Campaign.Outcome> better =
          attempts.isEmpty()
              ? Optional.empty()
              : campaign.play(attempts).stream()
                  .filter(outcome -> outcome.verdict() instanceof Campaign.Verdict.Differs)
                  .min((a, b) -> a.scenario().steps().size() - b.scenario().steps().size());
      if (better.isPresent()) {
        smallest = better.get();
        parts = Math.max(4, Math.min(parts, smallest.scenario().steps().size()) - 1);
      } else if (parts >= steps.size()) {
        break;
      } else {
        parts = Math.min(2 * parts, steps.size());
      }
    }
    return smallest;
  }

  private static List<Scenario> attempts(Scenario scenario, int parts) {
    List<Step> steps = scenario.steps();
    List<Scenario> attempts = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int from = steps.size() * part / parts;
      int to = steps.size() * (part + 1) / parts;
      List<Step> rest = new ArrayList<>(steps.subList(0, from));
      rest.addAll(steps.subList(to, steps.size()));
      attempts.add(scenario.with(rest));
    }
    return attempts;
  }
}
