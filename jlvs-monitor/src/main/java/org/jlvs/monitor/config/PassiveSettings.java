package org.jlvs.monitor.config;

import java.time.Duration;

/**
 * Whether failed handshakes that the director sees count against a server.
 *
 * @param on whether they do at all
 * @param failures in the window that make a server suspect
 * @param clients that the failures must be of, at least
 * @param window how long a failure counts, in whole seconds
 * @param downtime how long a suspect server stays out although its check is good; zero for an extra
 *     check and no more
 */
public record PassiveSettings(
    boolean on, int failures, int clients, Duration window, Duration downtime) {
  public static final int DEFAULT_FAILURES = 5;
  public static final int DEFAULT_CLIENTS = 1;
  public static final int DEFAULT_WINDOW_SECONDS = 10;

  /** A window's seconds are counted one by one, so they have to be bounded. */
  public static final int LONGEST_WINDOW_SECONDS = 3600;
}
