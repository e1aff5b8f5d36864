package org.jlvs.monitor.check;

/**
 * What one check found.
 *
 * @param reason why, in a few words for the operator
 */
public record Outcome(boolean up, String reason) {

  public static Outcome up(String reason) {
    return new Outcome(true, reason);
  }

  public static Outcome down(String reason) {
    return new Outcome(false, reason);
  }
}
