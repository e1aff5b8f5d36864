package org.jlvs.core.scheduler;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jlvs.core.net.Flow;
import org.jspecify.annotations.Nullable;

/**
 * What lblc and lblcr remember of each destination address, and how they forget it: entries unused
 * for long go in a thorough look every half hour; when there are too many, those unused for six
 * minutes go earlier, some every minute (ip_vs_lblc_check_expire).
 */
final class DestinationCache<E extends DestinationCache.Entry> {
  private static final int BITS = 10;
  private static final int CHAINS = 1 << BITS;
  private static final int MANY_ENTRIES = CHAINS * 16;
  private static final long CHECK_NANOS = 60_000_000_000L;
  private static final long UNUSED_NANOS = 360_000_000_000L;
  private static final int CHECKS_PER_THOROUGH_ONE = 30;

  /** One destination address and what is remembered of it. */
  abstract static class Entry {
    private final long high;
    private final long low;
    private long lastUsed;
    private @Nullable Entry next;

    Entry(Flow flow) {
      high = flow.hashedHigh();
      low = flow.hashedLow();
      lastUsed = flow.now;
    }

    /** Is being forgotten: gives back the servers it retained. */
    abstract void forget();
  }

  private final Class<E> type;
  private final LongSupplier lifeSeconds;
  private final @Nullable Entry[] chains = new @Nullable Entry[CHAINS];
  private int size;
  private boolean started;
  private long nextCheckNanos;
  private int checks = 1;
  private int rover;

  /**
   * @param lifeSeconds how long an entry may be unused before a thorough look forgets it
   */
  DestinationCache(Class<E> type, LongSupplier lifeSeconds) {
    this.type = type;
    this.lifeSeconds = lifeSeconds;
  }

  int size() {
    return size;
  }

  /** The entry of the flow's destination, which is thereby used; null when there is none. */
  @Nullable E use(Flow flow) {
    E entry = peek(flow);
    if (entry != null) {
      ((Entry) entry).lastUsed = flow.now;
    }
    return entry;
  }

  /** As {@link #use}, but the entry does not count as used. */
  @Nullable E peek(Flow flow) {
    for (Entry entry = chains[chain(flow)]; entry != null; entry = entry.next) {
      if (entry.low == flow.hashedLow() && entry.high == flow.hashedHigh()) {
        return type.cast(entry);
      }
    }
    return null;
  }

  /** Adds an entry for a flow's destination that has none yet. */
  void add(Flow flow, E entry) {
    int chain = chain(flow);
    ((Entry) entry).next = chains[chain];
    chains[chain] = entry;
    size++;
  }

  void clear() {
    for (int chain = 0; chain < CHAINS; chain++) {
      forget(chain, 0, Long.MIN_VALUE);
    }
  }

  private static int chain(Flow flow) {
    int folded = AddressFold.of(flow.family, flow.hashedHigh(), flow.hashedLow());
    return AddressFold.hash(folded, BITS);
  }

  /** Lets time pass; to be called every second or so. */
  void advance(long now) {
    if (!started) {
      started = true;
      nextCheckNanos = now + CHECK_NANOS;
    }
    for (int i = 0; i < CHECKS_PER_THOROUGH_ONE && now - nextCheckNanos >= 0; i++) {
      check(now);
      nextCheckNanos += CHECK_NANOS;
    }
    if (now - nextCheckNanos >= 0) {
      nextCheckNanos = now + CHECK_NANOS;
    }
  }

  private void check(long now) {
    if (checks % CHECKS_PER_THOROUGH_ONE == 0) {
      checks = 1;
      forgetFromRover(now, TimeUnit.SECONDS.toNanos(lifeSeconds.getAsLong()), Integer.MAX_VALUE);
    } else if (size <= MANY_ENTRIES) {
      checks++;
    } else {
      int surplus = (int) ((size - MANY_ENTRIES) * 4L / 3);
      forgetFromRover(now, UNUSED_NANOS, Math.min(surplus, MANY_ENTRIES / 2));
    }
  }

  private void forgetFromRover(long now, long unusedNanos, int goal) {
    int left = goal;
    for (int i = 0; i < CHAINS && left > 0; i++) {
      rover = (rover + 1) % CHAINS;
      left -= forget(rover, now, unusedNanos);
    }
  }

  /** Forgets a chain's entries that were not used for so long; their number. */
  private int forget(int chain, long now, long unusedNanos) {
    int forgotten = 0;
    Entry previous = null;
    for (Entry entry = chains[chain]; entry != null; entry = entry.next) {
      if (now - entry.lastUsed < unusedNanos) {
        previous = entry;
        continue;
      }
      if (previous == null) {
        chains[chain] = entry.next;
      } else {
        previous.next = entry.next;
      }
      entry.forget();
      size--;
      forgotten++;
    }
    return forgotten;
  }
}
