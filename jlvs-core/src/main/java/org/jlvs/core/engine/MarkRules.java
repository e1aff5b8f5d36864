package org.jlvs.core.engine;

import org.jlvs.core.net.Flow;

/** The host's firewall-mark rules as the engine asks them: for the first packet of a flow only. */
@FunctionalInterface
public interface MarkRules {
  /** No packet is marked. */
  MarkRules NONE = flow -> 0;

  /** The mark of a packet, 0 when no rule gives one. Does not keep {@code flow}. */
  int mark(Flow flow);
}
