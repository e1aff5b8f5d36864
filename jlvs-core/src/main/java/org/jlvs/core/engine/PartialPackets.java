package org.jlvs.core.engine;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The packets of which fragments are missing. Bounded in number, memory and time: when there are
 * too many, the oldest make room. For one thread.
 */
final class PartialPackets {
  /** The kernel's high limit of memory; the number bounds what small ones cost besides. */
  static final int MOST_BYTES = 4 << 20;

  static final int MOST_PACKETS = 1024;

  /**
   * What fragments of one packet have in common.
   *
   * @param extra the protocol (IPv4), or the interface when addresses hold for that alone (IPv6)
   */
  record Key(
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int identification,
      int extra) {}

  private final long lifeNanos;
  private final Map<Key, PartialPacket> partials = new LinkedHashMap<>();
  private int memory;

  PartialPackets(long lifeNanos) {
    this.lifeNanos = lifeNanos;
  }

  /** Memory that the packets hold, in bytes. */
  int memory() {
    return memory;
  }

  int count() {
    return partials.size();
  }

  /** The packet that a fragment belongs to; a new one when it is the first to come. */
  PartialPacket of(Key key, long now) {
    PartialPacket known = partials.get(key);
    if (known != null) {
      return known;
    }
    while (partials.size() >= MOST_PACKETS && forgetOldest(null)) {
      // Each turn makes room for one.
    }
    PartialPacket partial = new PartialPacket(now);
    partials.put(key, partial);
    memory += partial.memory();
    return partial;
  }

  /** A packet has grown: others may have to go. */
  void grown(PartialPacket partial, int byBytes) {
    memory += byBytes;
    while (memory > MOST_BYTES && forgetOldest(partial)) {
      // Each turn frees what one has held.
    }
  }

  private boolean forgetOldest(@Nullable PartialPacket except) {
    Iterator<PartialPacket> oldest = partials.values().iterator();
    while (oldest.hasNext()) {
      PartialPacket partial = oldest.next();
      if (partial != except) {
        memory -= partial.memory();
        oldest.remove();
        return true;
      }
    }
    return false;
  }

  void forget(Key key, PartialPacket partial) {
    if (partials.remove(key, partial)) {
      memory -= partial.memory();
    }
  }

  /** Gives up what is too old; that of which the first fragment has come is handed over. */
  void expire(long now, Consumer<PartialPacket> withFirst) {
    Iterator<PartialPacket> oldest = partials.values().iterator();
    while (oldest.hasNext()) {
      PartialPacket partial = oldest.next();
      if (now - partial.since < lifeNanos) {
        return;
      }
      oldest.remove();
      memory -= partial.memory();
      if (partial.hasFirst()) {
        withFirst.accept(partial);
      }
    }
  }
}
