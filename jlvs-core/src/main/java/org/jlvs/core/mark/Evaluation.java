package org.jlvs.core.mark;

import org.jlvs.core.net.Flow;

/** A packet on its way through the rules, with the marks it has got so far. Reused; one thread. */
public final class Evaluation {
  Flow flow = new Flow();
  HostFacts host = HostFacts.NONE;
  int mark;

  /** The connection's mark. The first packet's connection is a new one, so it begins at 0. */
  int connectionMark;

  /** Whether connection tracking has seen the packet; before it, there is no connection to ask. */
  boolean tracked;

  Evaluation() {}

  void start(Flow packet, HostFacts facts) {
    flow = packet;
    host = facts;
    mark = 0;
    connectionMark = 0;
    tracked = true;
  }
}
