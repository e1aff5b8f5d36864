package org.jlvs.core.service;

import org.jlvs.core.connection.ConnectionHash;
import org.jspecify.annotations.Nullable;

/**
 * A hash table from three longs (an address's halves and whatever else tells entries apart) to a
 * value. Open addressing with linear probing at a load of at most one half; removal shifts entries
 * back, so no tombstones. Finding allocates nothing. For one thread.
 */
final class EndpointTable<V> {
  private static final int INITIAL_CAPACITY = 16;

  private long[] highs = new long[INITIAL_CAPACITY];
  private long[] lows = new long[INITIAL_CAPACITY];
  private long[] others = new long[INITIAL_CAPACITY];
  private @Nullable Object[] values = new @Nullable Object[INITIAL_CAPACITY];
  private int size;

  @Nullable V get(long high, long low, long other) {
    return value(find(high, low, other));
  }

  /** Adds an entry whose key is not there yet. */
  void put(long high, long low, long other, V value) {
    if ((size + 1) * 2 > values.length) {
      grow();
    }
    insert(high, low, other, value);
    size++;
  }

  void remove(long high, long low, long other) {
    int hole = find(high, low, other);
    if (values[hole] == null) {
      return;
    }
    int mask = values.length - 1;
    for (int i = (hole + 1) & mask; values[i] != null; i = (i + 1) & mask) {
      int home = home(highs[i], lows[i], others[i]);
      boolean reachableWithoutHole = ((i - home) & mask) < ((i - hole) & mask);
      if (!reachableWithoutHole) {
        set(hole, highs[i], lows[i], others[i], values[i]);
        hole = i;
      }
    }
    values[hole] = null;
    size--;
  }

  /** Where the key is, or the empty place where it would be. */
  private int find(long high, long low, long other) {
    int mask = values.length - 1;
    int i = home(high, low, other);
    while (values[i] != null && (highs[i] != high || lows[i] != low || others[i] != other)) {
      i = (i + 1) & mask;
    }
    return i;
  }

  private int home(long high, long low, long other) {
    long hash = ConnectionHash.mix(ConnectionHash.mix(ConnectionHash.mix(0, high), low), other);
    return (int) ConnectionHash.finish(hash) & (values.length - 1);
  }

  private void insert(long high, long low, long other, @Nullable Object value) {
    set(find(high, low, other), high, low, other, value);
  }

  private void set(int i, long high, long low, long other, @Nullable Object value) {
    highs[i] = high;
    lows[i] = low;
    others[i] = other;
    values[i] = value;
  }

  private void grow() {
    long[] oldHighs = highs;
    long[] oldLows = lows;
    long[] oldOthers = others;
    @Nullable Object[] oldValues = values;
    int capacity = oldValues.length * 2;
    highs = new long[capacity];
    lows = new long[capacity];
    others = new long[capacity];
    values = new @Nullable Object[capacity];
    for (int i = 0; i < oldValues.length; i++) {
      if (oldValues[i] != null) {
        insert(oldHighs[i], oldLows[i], oldOthers[i], oldValues[i]);
      }
    }
  }

  @SuppressWarnings("unchecked") // only put stores values
  private @Nullable V value(int i) {
    return (V) values[i];
  }
}
