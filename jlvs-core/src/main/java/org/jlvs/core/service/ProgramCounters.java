package org.jlvs.core.service;

import org.jlvs.core.control.Statistics;

/** What the kernel program counts by itself. Read by the engine thread. */
@FunctionalInterface
public interface ProgramCounters {
  /** There is no program, so it counts nothing. */
  ProgramCounters NONE = serverNumber -> Statistics.ZERO;

  /**
   * Everything the program has counted under a server's number, all CPUs together. It only grows,
   * also over the end of one server's life and the begin of another's with the same number.
   */
  Statistics read(int serverNumber);
}
