package org.jlvs.testbed.namespaces;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for something to become true, by asking again, for a bounded time. */
public final class Waiting {
  private static final long PAUSE_MILLIS = 20;

  private Waiting() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @return false when it did not within the time
   */
  public static boolean until(Duration limit, BooleanSupplier condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      pause(Duration.ofMillis(PAUSE_MILLIS));
    }
    return true;
  }

  /** Sleeps; an interruption ends the run that was waiting. */
  public static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
