package org.jlvs.core.connection;

/**
 * When connections are to be looked at again: a hierarchical timing wheel (Varghese and Lauck,
 * scheme 7) of four levels of 256 lists, linked through the slots themselves. Setting and clearing
 * a timer take constant time and no memory. A tick is {@link #TICK_NANOS}; tick numbers are 32 bits
 * and wrap. For the engine thread.
 */
final class TimerWheel {
  static final long TICK_NANOS = 10_000_000;

  private static final int LEVELS = 4;
  private static final int LISTS = 256;

  /** What happens when a timer runs out; it may set the timer again. */
  interface Listener {
    void expired(int slot);
  }

  private final ConnectionSlots slots;

  /** First slot of each list, 0 for an empty one. The first's previous is -1 - its list. */
  private final int[] heads = new int[LEVELS * LISTS];

  private int position;
  private int armed;

  TimerWheel(ConnectionSlots slots, long nowNanos) {
    this.slots = slots;
    this.position = tick(nowNanos);
  }

  static int tick(long nanos) {
    return (int) Math.floorDiv(nanos, TICK_NANOS);
  }

  /** Sets or moves a slot's timer; a time that has passed means the next tick. */
  void set(int slot, long nanos) {
    int tick = tick(nanos + TICK_NANOS - 1);
    if (tick - position <= 0) {
      tick = position + 1;
    }
    clear(slot);
    slots.tick(slot, tick);
    place(slot, tick);
    armed++;
  }

  boolean isSet(int slot) {
    return slots.timerPrevious(slot) != 0;
  }

  /** Whether the slot's timer runs out later than {@code nanos}. */
  boolean isLaterThan(int slot, long nanos) {
    return slots.tick(slot) - tick(nanos + TICK_NANOS - 1) > 0;
  }

  /** Whether a timer set for that time would have run out, or does so now. */
  boolean isDue(long nanos) {
    return tick(nanos + TICK_NANOS - 1) - position <= 0;
  }

  void clear(int slot) {
    int previous = slots.timerPrevious(slot);
    if (previous == 0) {
      return;
    }
    unlink(slot, previous);
    slots.timerPrevious(slot, 0);
    armed--;
  }

  private void unlink(int slot, int previous) {
    int next = slots.timerNext(slot);
    if (previous < 0) {
      heads[-1 - previous] = next;
    } else {
      slots.timerNext(previous, next);
    }
    if (next != 0) {
      slots.timerPrevious(next, previous);
    }
  }

  private void place(int slot, int tick) {
    int distance = tick - position;
    int level = distance < 1 << 8 ? 0 : distance < 1 << 16 ? 1 : distance < 1 << 24 ? 2 : 3;
    int list = level * LISTS + (tick >>> 8 * level & 0xff);
    int first = heads[list];
    slots.timerPrevious(slot, -1 - list);
    slots.timerNext(slot, first);
    if (first != 0) {
      slots.timerPrevious(first, slot);
    }
    heads[list] = slot;
  }

  /**
   * Runs out all timers up to now, but no more than {@code limit}: the rest stay for the next call.
   *
   * @return whether all that were due have run out
   */
  boolean advance(long nowNanos, int limit, Listener listener) {
    int target = tick(nowNanos);
    int left = limit;
    while (true) {
      int list = position & 0xff;
      while (heads[list] != 0) {
        if (left-- == 0) {
          return false;
        }
        int slot = heads[list];
        clear(slot);
        listener.expired(slot);
      }
      if (target - position <= 0) {
        return true;
      }
      if (armed == 0) {
        position = target;
        return true;
      }
      position++;
      cascade();
    }
  }

  /** Spreads lists of higher levels over lower ones when the position enters their range. */
  private void cascade() {
    for (int level = 1; level < LEVELS; level++) {
      if ((position & (1 << 8 * level) - 1) != 0) {
        return;
      }
      int list = level * LISTS + (position >>> 8 * level & 0xff);
      int slot = last(heads[list]);
      heads[list] = 0;
      // From the last to the first, so that the order stays: of one tick, who was set last runs out
      // first, and a connection before the template it was made by.
      while (slot > 0) {
        int previous = slots.timerPrevious(slot);
        place(slot, slots.tick(slot));
        slot = previous;
      }
    }
  }

  private int last(int first) {
    int last = first;
    while (last != 0 && slots.timerNext(last) != 0) {
      last = slots.timerNext(last);
    }
    return last;
  }
}
