package org.jlvs.monitor.check;

import java.util.OptionalInt;

/** What came of asking a real server's agent once. */
public sealed interface AgentWord {

  /** What an agent wants for its server, from the mildest on. */
  enum State {
    READY,
    /** No new connections: weight 0. */
    DRAIN,
    /** As in the maintenance directory. */
    MAINTENANCE,
    /** As after failed checks. */
    DOWN
  }

  /**
   * It said something that can be understood.
   *
   * @param percent of the configured weight, 0 to {@link AgentGrammar#MOST_PERCENT}; empty when it
   *     did not mention it
   * @param reason what the agent added for people, may be empty; fit for a line of a log
   */
  record Answer(OptionalInt percent, State state, String reason) implements AgentWord {}

  /**
   * It said nothing that can be used.
   *
   * @param reason why, in a few words for the operator
   */
  record Silence(String reason) implements AgentWord {}
}
