package org.jlvs.linux.xsk;

import java.lang.foreign.MemorySegment;

/**
 * Where the parts of a ring are that the kernel shares ({@code struct xdp_ring_offset}). Indexes
 * are u32 that wrap around; entries lie at index modulo {@code entries}.
 *
 * @param memory the ring, mapped
 * @param producer offset of the producer's index
 * @param consumer offset of the consumer's index
 * @param flags offset of the flags word
 * @param descriptors offset of the first entry
 * @param entries how many there are, a power of two
 */
record RingMemory(
    MemorySegment memory, long producer, long consumer, long flags, long descriptors, int entries) {
  RingMemory {
    if (Integer.bitCount(entries) != 1 || entries < 0) {
      throw new IllegalArgumentException("a ring has a power of two entries, not " + entries);
    }
  }
}
