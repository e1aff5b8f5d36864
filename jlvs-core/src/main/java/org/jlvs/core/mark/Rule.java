package org.jlvs.core.mark;

import java.util.List;

/** A rule of a chain. */
public sealed interface Rule {

  /** The rule as the host's tool lists it, without its chain. */
  String text();

  /** A rule that is evaluated: all matches, then all actions in their order. */
  record Translated(String text, List<Match> matches, List<Action> actions) implements Rule {
    public Translated {
      matches = List.copyOf(matches);
      actions = List.copyOf(actions);
    }
  }

  /**
   * A rule that can't be evaluated here. It is kept to be reported, and treated as one that matches
   * no packet.
   *
   * @param reason what can't be evaluated and why, for an operator
   */
  record Unsupported(String text, String reason) implements Rule {}
}
