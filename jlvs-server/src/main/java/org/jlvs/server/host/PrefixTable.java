package org.jlvs.server.host;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * Longest-prefix match over a fixed set of prefixes of one family. Immutable, so threads may share
 * it; a lookup allocates nothing and costs one binary search for each prefix length in use.
 *
 * @param <V> what a prefix leads to
 */
final class PrefixTable<V> {

  /** One prefix; among equal prefixes the first given wins. */
  record Entry<V>(Address prefix, int length, V value) {}

  private final Level<V>[] levels;

  private record Level<V>(
      long highMask, long lowMask, long[] highs, long[] lows, Object[] values) {}

  PrefixTable(Family family, List<Entry<V>> entries) {
    levels = levels(family, entries);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static <V> Level<V>[] levels(Family family, List<Entry<V>> entries) {
    int[] lengths =
        entries.stream()
            .mapToInt(Entry::length)
            .distinct()
            .map(l -> -l)
            .sorted()
            .map(l -> -l)
            .toArray();
    Level[] levels = new Level[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      int length = lengths[i];
      List<Entry<V>> ofLength =
          entries.stream()
              .filter(e -> e.length() == length && e.prefix().family() == family)
              .sorted(
                  Comparator.comparing(
                      (Entry<V> e) -> e.prefix().masked(length), PrefixTable::compare))
              .toList();
      long[] highs = new long[ofLength.size()];
      long[] lows = new long[ofLength.size()];
      Object[] values = new Object[ofLength.size()];
      int count = 0;
      for (Entry<V> entry : ofLength) {
        Address masked = entry.prefix().masked(length);
        boolean repeated =
            count > 0 && highs[count - 1] == masked.high() && lows[count - 1] == masked.low();
        if (!repeated) {
          highs[count] = masked.high();
          lows[count] = masked.low();
          values[count++] = entry.value();
        }
      }
      Address mask = Address.mask(family, length);
      levels[i] =
          new Level<V>(
              mask.high(),
              mask.low(),
              Arrays.copyOf(highs, count),
              Arrays.copyOf(lows, count),
              Arrays.copyOf(values, count));
    }
    return levels;
  }

  private static int compare(Address a, Address b) {
    return compare(a.high(), a.low(), b.high(), b.low());
  }

  private static int compare(long aHigh, long aLow, long bHigh, long bLow) {
    int high = Long.compareUnsigned(aHigh, bHigh);
    return high != 0 ? high : Long.compareUnsigned(aLow, bLow);
  }

  /**
   * What the longest prefix that holds an address leads to; null when none does.
   *
   * @param high the address as in {@link Address}
   */
  @Nullable V lookup(long high, long low) {
    for (Level<V> level : levels) {
      int at = find(level, high & level.highMask, low & level.lowMask);
      if (at >= 0) {
        @SuppressWarnings("unchecked")
        V value = (V) level.values[at];
        return value;
      }
    }
    return null;
  }

  private static int find(Level<?> level, long high, long low) {
    int from = 0;
    int to = level.highs.length - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      int order = compare(level.highs[middle], level.lows[middle], high, low);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        from = middle + 1;
      } else {
        to = middle - 1;
      }
    }
    return -1;
  }
}
