package org.jlvs.monitor.report;

import java.time.Duration;
import java.time.Instant;

/**
 * A real server's line of {@code jlvs check}.
 *
 * @param virtual protocol and name of its virtual server
 * @param check what it is checked by
 * @param took how long the check took
 * @param at when it ended
 */
public record CheckRow(
    String virtual,
    String real,
    String check,
    State state,
    Duration took,
    Instant at,
    String reason) {

  /** What came of the last check. */
  public enum State {
    /** The first check has not ended. */
    WAITING("...", Colour.NONE),
    UP("up", Colour.GOOD),
    DOWN("down", Colour.BAD),
    /** A file in the maintenance directory takes it out; it is not checked. */
    MAINTENANCE("maintenance", Colour.DOUBTFUL);

    private final String text;
    private final Colour colour;

    State(String text, Colour colour) {
      this.text = text;
      this.colour = colour;
    }

    public String text() {
      return text;
    }

    Colour colour() {
      return colour;
    }
  }

  /** Whether an operator would want to be told after {@code before}. */
  public boolean differs(CheckRow before) {
    return state != before.state || !reason.equals(before.reason);
  }

  /** The same server with another result. */
  public CheckRow with(State newState, Duration newTook, Instant newAt, String newReason) {
    return new CheckRow(virtual, real, check, newState, newTook, newAt, newReason);
  }
}
