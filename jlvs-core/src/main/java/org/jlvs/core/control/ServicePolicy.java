package org.jlvs.core.control;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What holds for the servers of one service in the place of the director's own settings; where
 * empty, the director's setting holds.
 *
 * @param promptFailover whether clients of a server that is deleted or found dead are reset at
 *     once, in the place of {@code jlvs.prompt_failover}
 * @param drainSeconds how long a server that is quiesced may take until it is removed, 0 for ever,
 *     in the place of {@code jlvs.drain_timeout}
 * @param slowStartSeconds how long a server that comes back takes to its whole weight, 0 for no
 *     time, in the place of {@code jlvs.slow_start}
 */
public record ServicePolicy(
    Optional<Boolean> promptFailover, OptionalInt drainSeconds, OptionalInt slowStartSeconds) {

  public static final int LONGEST_DRAIN_SECONDS = 365 * 24 * 3600;
  public static final int LONGEST_SLOW_START_SECONDS = 24 * 3600;

  /**
   * Refuses times that cannot be.
   *
   * @throws DirectorException EINVAL
   */
  public void check() throws DirectorException {
    check("drain time", drainSeconds, LONGEST_DRAIN_SECONDS);
    check("slow start", slowStartSeconds, LONGEST_SLOW_START_SECONDS);
  }

  private static void check(String what, OptionalInt seconds, int longest)
      throws DirectorException {
    int value = seconds.orElse(0);
    if (value < 0 || value > longest) {
      throw new DirectorException(
          Errno.EINVAL, "a %s of %d s; expected 0 to %d".formatted(what, value, longest));
    }
  }

  /** The director's own settings hold. */
  public static final ServicePolicy NONE =
      new ServicePolicy(Optional.empty(), OptionalInt.empty(), OptionalInt.empty());
}
