package org.jlvs.testbed.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.replay.Replay;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Plays scenarios on the kernel, gives what it recorded to the core, and counts. */
final class Campaign {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration BOOT = Duration.ofMinutes(3);

  /** Very much for one scenario: sleeps overlap, and one is played in less than a second. */
  private static final Duration EACH = Duration.ofSeconds(10);

  /** What became of a scenario. */
  sealed interface Verdict {
    /** Kernel and core agree. */
    record Agrees() implements Verdict {}

    /** They don't: where first, and what each did. */
    record Differs(String where) implements Verdict {}

    /** The machine was too slow for a fair comparison of timers. */
    record TooLate(double seconds) implements Verdict {}
  }

  /**
   * A scenario, played.
   *
   * @param trace what the kernel did
   */
  record Outcome(Scenario scenario, Path trace, Verdict verdict) {}

  private final Path folder;
  private int boots;
  private long frames;
  private long commands;

  /**
   * @param folder where jobs and recorded traces are written
   */
  Campaign(Path folder) {
    this.folder = folder;
  }

  /** Frames that were sent on the wires so far. */
  long frames() {
    return frames;
  }

  long commands() {
    return commands;
  }

  /**
   * Plays scenarios in one kernel, each in a network namespace of its own.
   *
   * @throws IOException when the kernel did not play them all; the message has its last words
   */
  List<Outcome> play(List<Scenario> scenarios) throws IOException, InterruptedException {
    boots++;
    Path job = folder.resolve("kernel-" + boots);
    Path recorded = Files.createDirectories(job.resolve("recorded"));
    Path given = Files.createDirectories(job.resolve("scenarios"));
    for (int i = 0; i < scenarios.size(); i++) {
      Files.write(given.resolve(fileName(i, scenarios.get(i))), scenarios.get(i).lines());
    }
    String console =
        UserModeLinux.play(
            job, UserModeLinux.PLAYER, BOOT.plus(EACH.multipliedBy(scenarios.size())));
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < scenarios.size(); i++) {
      Path trace = recorded.resolve(fileName(i, scenarios.get(i)));
      if (!Files.exists(trace)) {
        throw new IOException(
            "the kernel did not play %s; it said: %s".formatted(scenarios.get(i).name(), console));
      }
      outcomes.add(new Outcome(scenarios.get(i), trace, judge(trace)));
    }
    return outcomes;
  }

  private static String fileName(int index, Scenario scenario) {
    return "%05d-%s.jsonl".formatted(index, scenario.name());
  }

  private Verdict judge(Path trace) throws IOException {
    double planned = 0;
    double latest = 0;
    for (String line : Files.readAllLines(trace)) {
      JsonNode event = JSON.readTree(line);
      latest = Math.max(latest, event.path("at").asDouble() - planned);
      switch (event.path("t").asString()) {
        case "sleep" -> planned += event.path("s").asDouble();
        case "frame" -> frames++;
        case "cmd" -> commands++;
        default -> {}
      }
    }
    if (latest > Timeline.TOLERANCE) {
      return new Verdict.TooLate(latest);
    }
    Optional<String> difference = Replay.differenceOf(trace);
    return difference.isPresent()
        ? new Verdict.Differs(difference.orElseThrow())
        : new Verdict.Agrees();
  }
}
