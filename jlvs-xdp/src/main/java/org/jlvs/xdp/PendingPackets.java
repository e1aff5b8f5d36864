package org.jlvs.xdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;
import org.jlvs.core.net.Packet;

/**
 * Packets that wait for their next hop's Ethernet address: some for each hop, for about a second,
 * as the kernel's neighbour queue does. For the engine thread; allocates nothing.
 */
final class PendingPackets {
  private static final int CAPACITY = 256;
  private static final int PER_HOP = 16;
  private static final int PACKET_BYTES = 4096;
  private static final long PATIENCE_NANOS = 1_000_000_000;

  private final MemorySegment memory = Arena.ofAuto().allocate((long) CAPACITY * PACKET_BYTES, 8);
  private final Packet packet = new Packet();
  private final int[] lengths = new int[CAPACITY];
  private final long[] deadlines = new long[CAPACITY];

  /** By place; 0 is free. */
  private final int[] hops = new int[CAPACITY];

  private int count;

  /** Takes a packet when it is given. */
  interface Sender {
    void send(int hop, Packet packet);
  }

  int count() {
    return count;
  }

  /**
   * Keeps a packet.
   *
   * @return how many wait for the hop now, this one included; 0 when there is no room for it
   */
  int add(int hop, Packet waiting, long nowNanos) {
    int ofHop = 0;
    int free = -1;
    for (int i = 0; i < CAPACITY; i++) {
      if (hops[i] == hop) {
        ofHop++;
      } else if (hops[i] == 0) {
        free = i;
      }
    }
    if (free < 0 || ofHop >= PER_HOP || waiting.length() > PACKET_BYTES) {
      return 0;
    }
    MemorySegment.copy(
        waiting.buffer(), waiting.start(), memory, (long) free * PACKET_BYTES, waiting.length());
    lengths[free] = waiting.length();
    deadlines[free] = nowNanos + PATIENCE_NANOS;
    hops[free] = hop;
    count++;
    return ofHop + 1;
  }

  /**
   * Sends packets whose hop is resolved, and drops those that have waited too long.
   *
   * @return how many were dropped
   */
  int settle(IntPredicate resolved, Sender sender, long nowNanos) {
    int dropped = 0;
    for (int i = 0; count > 0 && i < CAPACITY; i++) {
      int hop = hops[i];
      if (hop == 0) {
        continue;
      }
      boolean overdue = nowNanos - deadlines[i] >= 0;
      if (resolved.test(hop)) {
        hops[i] = 0;
        count--;
        sender.send(hop, packet.wrap(memory, (long) i * PACKET_BYTES, lengths[i], 0));
      } else if (overdue) {
        hops[i] = 0;
        count--;
        dropped++;
      }
    }
    return dropped;
  }
}
