package org.jlvs.core.service;

import java.util.HashMap;
import java.util.Map;
import org.jlvs.core.control.Statistics;

/** A kernel program's counters as a map. */
final class TestProgram implements ProgramCounters {
  private final Map<Integer, Statistics> counts = new HashMap<>();

  void countPackets(int serverNumber, long packets) {
    counts.merge(serverNumber, new Statistics(0, packets, 0, packets * 40, 0), Statistics::plus);
  }

  @Override
  public Statistics read(int serverNumber) {
    return counts.getOrDefault(serverNumber, Statistics.ZERO);
  }
}
