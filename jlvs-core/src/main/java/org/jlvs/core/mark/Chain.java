package org.jlvs.core.mark;

import java.util.List;
import java.util.Optional;

/**
 * A chain of rules.
 *
 * @param hook where packets enter it; empty for one that is only jumped to
 * @param dropsByDefault whether a base chain's policy is DROP
 */
public record Chain(String name, Optional<Hook> hook, boolean dropsByDefault, List<Rule> rules) {
  public Chain {
    rules = List.copyOf(rules);
  }

  /**
   * Where a base chain is called.
   *
   * @param priority the kernel's number: chains of a point run in ascending order
   */
  public record Hook(Point point, int priority) implements Comparable<Hook> {
    @Override
    public int compareTo(Hook other) {
      int byPoint = point.compareTo(other.point);
      return byPoint != 0 ? byPoint : Integer.compare(priority, other.priority);
    }
  }

  /** The points that a packet passes before the director sees it, in their order. */
  public enum Point {
    PREROUTING,
    INPUT
  }
}
