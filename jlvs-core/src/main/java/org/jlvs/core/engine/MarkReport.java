package org.jlvs.core.engine;

import java.util.List;

/**
 * How a packet comes by its mark.
 *
 * @param mark 0 for none
 * @param rules the texts of the rules that set it, in order; empty when they are not known
 * @param dropped whether a rule drops the packet, which then has no mark
 */
public record MarkReport(int mark, List<String> rules, boolean dropped) {
  public MarkReport {
    rules = List.copyOf(rules);
  }
}
