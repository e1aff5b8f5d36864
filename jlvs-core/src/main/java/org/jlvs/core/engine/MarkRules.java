package org.jlvs.core.engine;

import java.util.List;
import org.jlvs.core.net.Flow;

/** The host's firewall-mark rules as the engine asks them: for the first packet of a flow only. */
@FunctionalInterface
public interface MarkRules {
  /** No packet is marked. */
  MarkRules NONE = flow -> 0;

  /** The mark of a packet, 0 when no rule gives one. Does not keep {@code flow}. */
  int mark(Flow flow);

  /** As {@link #mark}, with the rules that set it; nothing is counted. */
  default MarkReport explain(Flow flow) {
    return new MarkReport(mark(flow), List.of(), false);
  }

  /** Whether packets of one flow that come in by one interface all get the same mark. */
  default boolean markFlows() {
    return true;
  }
}
