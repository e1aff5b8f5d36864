package org.jlvs.monitor.report;

import java.time.Duration;
import java.util.Locale;

/** Lengths of time in as few words as people need. */
public final class Span {
  private Span() {}

  /**
   * Two units at most: {@code 3 ms}, {@code 2.5 s}, {@code 12 s}, {@code 5 min}, {@code 2 h 3 min}.
   */
  public static String text(Duration duration) {
    Duration span = duration.isNegative() ? Duration.ZERO : duration;
    long seconds = span.toSeconds();
    if (seconds < 1) {
      return span.toMillis() + " ms";
    }
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1000.0);
    }
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min";
    }
    if (seconds < 48 * 3600) {
      return seconds / 3600 + " h " + seconds / 60 % 60 + " min";
    }
    return seconds / 86_400 + " d " + seconds / 3600 % 24 + " h";
  }
}
