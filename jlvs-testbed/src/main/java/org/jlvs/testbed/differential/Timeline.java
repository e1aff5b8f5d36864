package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * When a scenario's steps happen, and which timers could run out in the meantime. A kernel's timer
 * fires some time late (its wheel gets coarser with the distance), a busy machine plays some time
 * late, so a comparison is fair only when nothing is done about the time a timer may run out.
 */
final class Timeline {
  /** How long after its time a burst of steps may still be played. */
  static final double TOLERANCE = 1.5;

  private static final double MARGIN = 0.15;

  /** Timers of a minute fire up to five seconds late, which adds up when they begin again. */
  private static final double LONGEST = 57;

  /**
   * Seconds that connections and fragments last: those that {@link Configuration} sets, and the
   * fixed ones of TCP's states and of fragments.
   */
  private static final List<Double> TIMEOUTS = seconds(Configuration.SECONDS, 10, 30, 60, 120, 900);

  /** A template whose time is over lives on for a minute while it has connections. */
  private static final double TEMPLATE_REST = 60;

  private static final List<Double> PERSISTENCE = seconds(Configuration.PERSISTENCE_SECONDS);

  private static List<Double> seconds(List<Integer> some, int... others) {
    return IntStream.concat(some.stream().mapToInt(Integer::intValue), IntStream.of(others))
        .distinct()
        .mapToObj(seconds -> (double) seconds)
        .toList();
  }

  private final List<Double> bursts = new ArrayList<>(List.of(0.0));

  /** Whether a burst may follow such a time after the last one. */
  boolean mayFollow(double seconds) {
    double at = bursts.getLast() + seconds;
    if (at > LONGEST) {
      return false;
    }
    for (double earlier : bursts) {
      for (double timeout : TIMEOUTS) {
        if (meets(at, earlier + timeout, late(timeout))) {
          return false;
        }
      }
      for (double timeout : PERSISTENCE) {
        if (meets(at, earlier + timeout, late(timeout))) {
          return false;
        }
        double late = late(timeout) + late(TEMPLATE_REST);
        if (meets(at, earlier + timeout + TEMPLATE_REST, late)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean meets(double burst, double end, double late) {
    return burst < end + TOLERANCE + late + MARGIN && burst + TOLERANCE > end - MARGIN;
  }

  /**
   * How much later than asked for a timer of the kernel's wheel may fire, at 100 ticks a second.
   */
  private static double late(double seconds) {
    double ticks = 0.01;
    for (double reach = 0.63; seconds > reach; reach *= 8) {
      ticks *= 8;
    }
    return ticks;
  }

  void sleep(double seconds) {
    bursts.add(bursts.getLast() + seconds);
  }

  /** Whether all sleeps of a scenario are long or short enough. */
  static boolean isFair(List<Step> steps) {
    Timeline timeline = new Timeline();
    for (Step step : steps) {
      double seconds =
          switch (step) {
            case Step.Sleep sleep -> sleep.seconds();
            case Step.Statistics() -> Step.Statistics.WAIT_SECONDS;
            default -> 0;
          };
      if (seconds > 0) {
        if (!timeline.mayFollow(seconds)) {
          return false;
        }
        timeline.sleep(seconds);
      }
    }
    return true;
  }
}
