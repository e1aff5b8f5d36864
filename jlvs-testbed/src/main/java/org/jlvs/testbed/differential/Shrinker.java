package org.jlvs.testbed.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds small scenarios in which kernel and core still differ, by leaving steps out (Zeller's
 * ddmin). All attempts of a round, for all scenarios, are played at once, as their sleeps overlap.
 */
final class Shrinker {
  private static final int MOST_ROUNDS = 24;
  private static final int FEWEST_PARTS = 6;

  /** One scenario on its way. */
  private static final class Work {
    Campaign.Outcome smallest;

    /** Into how many parts it is cut, each of which is left out in turn. */
    int parts = FEWEST_PARTS;

    boolean done;

    Work(Campaign.Outcome differing) {
      this.smallest = differing;
    }

    List<Scenario> attempts() {
      Scenario scenario = smallest.scenario();
      List<Step> steps = scenario.steps();
      int count = Math.min(parts, steps.size());
      List<Scenario> attempts = new ArrayList<>();
      for (int part = 0; part < count; part++) {
        int from = steps.size() * part / count;
        int to = steps.size() * (part + 1) / count;
        List<Step> rest = new ArrayList<>(steps.subList(0, from));
        if (part > 0) {
          attempts.add(scenario.with(List.copyOf(rest)));
        }
        rest.addAll(steps.subList(to, steps.size()));
        attempts.add(scenario.with(rest));
      }
      attempts.removeIf(attempt -> !Timeline.isFair(attempt.steps()));
      return attempts;
    }

    void learn(List<Campaign.Outcome> outcomes) {
      int size = smallest.scenario().steps().size();
      outcomes.stream()
          .filter(outcome -> outcome.verdict() instanceof Campaign.Verdict.Differs)
          .min(Comparator.comparingInt(outcome -> outcome.scenario().steps().size()))
          .ifPresentOrElse(
              smaller -> {
                smallest = smaller;
                parts = Math.max(FEWEST_PARTS, Math.min(parts, sizeOf(smaller)) - 1);
                done = sizeOf(smaller) <= 1;
              },
              () -> {
                done = parts >= size;
                parts = Math.min(2 * parts, size);
              });
    }

    private static int sizeOf(Campaign.Outcome outcome) {
      return outcome.scenario().steps().size();
    }
  }

  private final Campaign campaign;

  Shrinker(Campaign campaign) {
    this.campaign = campaign;
  }

  /** The smallest outcomes found; a given one where nothing smaller differs. */
  List<Campaign.Outcome> shrink(List<Campaign.Outcome> differing)
      throws IOException, InterruptedException {
    List<Work> works = differing.stream().map(Work::new).toList();
    for (int round = 0; round < MOST_ROUNDS; round++) {
      List<Work> open = works.stream().filter(work -> !work.done).toList();
      if (open.isEmpty()) {
        break;
      }
      List<List<Scenario>> attempts = open.stream().map(Work::attempts).toList();
      List<Campaign.Outcome> outcomes =
          campaign.play(attempts.stream().flatMap(List::stream).toList());
      int from = 0;
      for (int i = 0; i < open.size(); i++) {
        int to = from + attempts.get(i).size();
        open.get(i).learn(outcomes.subList(from, to));
        from = to;
      }
    }
    return works.stream().map(work -> work.smallest).toList();
  }
}
