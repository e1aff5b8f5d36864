package org.jlvs.testbed.differential;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * {@code jlvs differential [--seeds A-B] [--keep DIR]}: plays random scenarios on the kernel's IPVS
 * and on the core, shrinks those in which they differ, and shows them.
 */
public final class Differential {
  private static final SeededCommand COMMAND =
      new SeededCommand("usage: jlvs differential [--seeds A-B] [--keep DIR]", 200, Set.of());
  private static final int AT_ONCE = 400;
  private static final int MOST_SHRUNK = 5;

  private Differential() {}

  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(List.of(arguments), out, err));
  }

  /**
   * Runs the command.
   *
   * @return the exit code: 0 when nothing differs, 1 when something does, 2 for misuse and where
   *     the kernel cannot run
   */
  static int run(List<String> arguments, PrintStream out, PrintStream err)
      throws InterruptedException {
    return COMMAND.run(arguments, err, (run, folder) -> run(run.first(), run.last(), folder, out));
  }

  private static int run(long first, long last, Path folder, PrintStream out)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Campaign campaign = new Campaign(folder);
    List<Campaign.Outcome> differing = new ArrayList<>();
    List<Scenario> again = new ArrayList<>();
    long played = 0;
    for (long seed = first; seed <= last; seed += AT_ONCE) {
      List<Scenario> scenarios =
          LongStream.rangeClosed(seed, Math.min(last, seed + AT_ONCE - 1))
              .mapToObj(ScenarioGenerator::generate)
              .toList();
      played += sort(campaign.play(scenarios), differing, again);
      out.printf(
          "%d of %d scenarios, %d frames, %d commands, %d differ, %s%n",
          played,
          last - first + 1,
          campaign.frames(),
          campaign.commands(),
          differing.size(),
          elapsed(begin));
    }
    long tooLate = again.size();
    if (!again.isEmpty()) {
      List<Scenario> once = List.copyOf(again);
      again.clear();
      played += sort(campaign.play(once), differing, again);
    }
    long frames = campaign.frames();
    long commands = campaign.commands();
    List<Campaign.Outcome> undecided = new KernelsChance(campaign).among(differing);
    differing.removeAll(undecided);
    for (Campaign.Outcome outcome : undecided) {
      out.printf(
          "%s: the kernel itself plays it both ways, once as the core does and once not (%s)%n",
          outcome.scenario().name(), outcome.trace());
    }
    List<Campaign.Outcome> shown = differing.subList(0, Math.min(MOST_SHRUNK, differing.size()));
    for (Campaign.Outcome outcome : new Shrinker(campaign).shrink(shown)) {
      show(outcome, folder, out);
    }
    differing.stream()
        .skip(MOST_SHRUNK)
        .forEach(outcome -> out.println(outcome.scenario().name() + " differs too"));
    out.printf(
        "seeds %d-%d: %d scenarios compared (%d of them played twice, %d too slow to compare), "
            + "%d frames, %d commands, %d differences, %d left to the kernel's chance, %s%n",
        first,
        last,
        played,
        tooLate,
        again.size(),
        frames,
        commands,
        differing.size(),
        undecided.size(),
        elapsed(begin));
    return differing.isEmpty() ? 0 : SeededCommand.DIFFERENT;
  }

  /** Puts outcomes where they belong; returns how many were compared. */
  private static long sort(
      List<Campaign.Outcome> outcomes, List<Campaign.Outcome> differing, List<Scenario> again) {
    long compared = 0;
    for (Campaign.Outcome outcome : outcomes) {
      switch (outcome.verdict()) {
        case Campaign.Verdict.Agrees() -> compared++;
        case Campaign.Verdict.Differs(String where) -> {
          compared++;
          differing.add(outcome);
        }
        case Campaign.Verdict.TooLate(double seconds) -> again.add(outcome.scenario());
      }
    }
    return compared;
  }

  private static void show(Campaign.Outcome outcome, Path folder, PrintStream out)
      throws IOException {
    Path kept = folder.resolve(outcome.scenario().name() + ".jsonl");
    Files.write(kept, org.jlvs.testbed.replay.Replay.described(outcome.trace()));
    out.printf(
        "%n%s differs, shrunk to %d steps (%s):%n",
        outcome.scenario().name(), outcome.scenario().steps().size(), kept);
    if (outcome.verdict() instanceof Campaign.Verdict.Differs(String where)) {
      out.print(where);
    }
  }

  private static String elapsed(long begin) {
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    return "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart());
  }
}
