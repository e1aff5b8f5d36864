package org.jlvs.testbed.differential;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * {@code jlvs differential [--seeds A-B] [--keep DIR]}: plays random scenarios on the kernel's IPVS
 * and on the core, shrinks those in which they differ, and shows them.
 */
public final class Differential {
  private static final String USAGE = "usage: jlvs differential [--seeds A-B] [--keep DIR]";
  private static final Pattern RANGE = Pattern.compile("(\\d{1,12})(?:-(\\d{1,12}))?");
  private static final int USUALLY = 200;
  private static final int AT_ONCE = 400;
  private static final int MOST_SHRUNK = 5;
  private static final int DIFFERENT = 1;
  private static final int MISUSED = 2;

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
    long first = 1;
    long last = USUALLY;
    Optional<Path> keep = Optional.empty();
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      Matcher range = RANGE.matcher(value);
      if (option.equals("--seeds") && range.matches()) {
        first = Long.parseLong(range.group(1));
        last = range.group(2) == null ? first : Long.parseLong(range.group(2));
        i++;
      } else if (option.equals("--seeds")) {
        return misused(err, "--seeds wants a range of numbers like 1-200, not \"" + value + "\"");
      } else if (option.equals("--keep") && !value.isEmpty()) {
        keep = Optional.of(Path.of(value));
        i++;
      } else if (option.equals("--keep")) {
        return misused(err, "--keep wants a folder");
      } else {
        return misused(err, "unknown option \"" + option + "\"");
      }
    }
    if (last < first) {
      return misused(err, "the seeds %d-%d are no range".formatted(first, last));
    }
    Optional<String> missing = UserModeLinux.missing();
    if (missing.isPresent()) {
      err.println("jlvs differential: the kernel's IPVS cannot run here: " + missing.get());
      return MISUSED;
    }
    try (WorkFolder folder = WorkFolder.open(keep)) {
      return run(first, last, folder.path(), out);
    } catch (IOException e) {
      err.println("jlvs differential: " + e.getMessage());
      return MISUSED;
    }
  }

  private static int misused(PrintStream err, String what) {
    err.println("jlvs differential: " + what + "; " + USAGE);
    return MISUSED;
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
    List<Campaign.Outcome> shown = differing.subList(0, Math.min(MOST_SHRUNK, differing.size()));
    for (Campaign.Outcome outcome : new Shrinker(campaign).shrink(shown)) {
      show(outcome, folder, out);
    }
    differing.stream()
        .skip(MOST_SHRUNK)
        .forEach(outcome -> out.println(outcome.scenario().name() + " differs too"));
    out.printf(
        "seeds %d-%d: %d scenarios compared (%d of them played twice, %d too slow to compare), "
            + "%d frames, %d commands, %d differences, %s%n",
        first,
        last,
        played,
        tooLate,
        again.size(),
        frames,
        commands,
        differing.size(),
        elapsed(begin));
    return differing.isEmpty() ? 0 : DIFFERENT;
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
