package org.jlvs.testbed.differential;

import java.util.List;
import java.util.Random;

/** Random choices that all follow from one seed. */
final class Dice {
  private final Random random;

  Dice(long seed) {
    // Neighbouring seeds make neighbouring first numbers unless they are scattered.
    random = new Random(seed * 0x9e3779b97f4a7c15L);
  }

  /** True in so many of a hundred cases. */
  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** A number from 0 on. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
