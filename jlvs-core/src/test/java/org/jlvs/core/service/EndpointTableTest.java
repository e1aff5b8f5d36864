package org.jlvs.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EndpointTableTest {
  private record Key(long high, long low, long other) {}

  @Test
  void holdsWhatAMapHoldsThroughRandomChanges() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      EndpointTable<String> table = new EndpointTable<>();
      Map<Key, String> map = new HashMap<>();
      for (int i = 0; i < 3000; i++) {
        Key key = new Key(random.nextInt(3), random.nextInt(40), random.nextInt(3));
        if (random.nextInt(5) < 3) {
          if (map.putIfAbsent(key, "value " + i) == null) {
            table.put(key.high, key.low, key.other, "value " + i);
          }
        } else {
          map.remove(key);
          table.remove(key.high, key.low, key.other);
        }
        Key asked = new Key(random.nextInt(3), random.nextInt(40), random.nextInt(3));
        assertThat(table.get(asked.high, asked.low, asked.other))
            .as("seed %d, step %d", seed, i)
            .isEqualTo(map.get(asked));
      }
      map.forEach(
          (key, value) -> assertThat(table.get(key.high, key.low, key.other)).isEqualTo(value));
    }
  }
}
