package org.jlvs.core.engine;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Histories that a fuzzer writes, led by the code they reach. Without a fuzzer, what it has found
 * before is played again: {@code src/test/resources/…/EngineFuzzTestInputs}.
 */
class EngineFuzzTest {
  @FuzzTest(maxDuration = "24h")
  void everyHistoryLeavesAWholeDirector(byte[] history) {
    EngineHistory.play(history);
  }
}
