package org.jlvs.monitor.config;

import java.time.Duration;

/**
 * How weights follow what servers say of themselves.
 *
 * @param interval from one question to the next; of a {@link WeightSource.InCheck}, between checks
 * @param timeout for one whole answer
 * @param step percentage points by which a weight must change before the table is edited
 * @param keep intervals without an answer after which the last one holds no longer
 */
public record WeightSettings(
    WeightSource source, Duration interval, Duration timeout, int step, int keep) {
  public static final int DEFAULT_STEP = 5;
  public static final int DEFAULT_KEEP = 3;

  /** Whether anybody is asked. */
  public boolean isOn() {
    return !(source instanceof WeightSource.None);
  }
}
