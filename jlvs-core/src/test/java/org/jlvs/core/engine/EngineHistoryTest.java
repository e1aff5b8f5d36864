package org.jlvs.core.engine;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineHistoryTest {
  private static final int HISTORIES = 60;
  private static final int BYTES = 4000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomHistoriesLeaveAWholeDirector(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < HISTORIES; i++) {
      byte[] history = new byte[BYTES];
      random.nextBytes(history);
      EngineHistory.play(history);
    }
  }
}
