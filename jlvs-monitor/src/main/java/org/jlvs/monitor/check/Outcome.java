package org.jlvs.monitor.check;

import java.util.Optional;

/**
 * What one check found.
 *
 * @param reason why, in a few words for the operator
 * @param word what the server said of its weight, when the check has asked for that and got so far
 */
public record Outcome(boolean up, String reason, Optional<AgentWord> word) {

  public static Outcome up(String reason) {
    return new Outcome(true, reason, Optional.empty());
  }

  public static Outcome down(String reason) {
    return new Outcome(false, reason, Optional.empty());
  }

  /** The same, with what the server said of its weight. */
  Outcome with(AgentWord said) {
    return new Outcome(up, reason, Optional.of(said));
  }
}
