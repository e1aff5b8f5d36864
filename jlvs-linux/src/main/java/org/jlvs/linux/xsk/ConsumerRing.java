package org.jlvs.linux.xsk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A ring the kernel fills and Java empties: receive and completion. The producer's index is read
 * with acquire, which pairs with the kernel's release store; entries stay readable until {@link
 * #release} hands them back with a release store. For one thread.
 */
final class ConsumerRing {
  /** Size of {@code struct xdp_desc}: address u64, length u32, options u32. */
  static final long DESCRIPTOR_BYTES = 16;

  /** XDP_PKT_CONTD among a descriptor's options. */
  static final int PACKET_CONTINUES = 1;

  private static final VarHandle INDEX = JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final long producerAt;
  private final long consumerAt;
  private final long descriptorsAt;
  private final int entries;
  private int producer;
  private int consumer;

  ConsumerRing(RingMemory ring) {
    memory = ring.memory();
    producerAt = ring.producer();
    consumerAt = ring.consumer();
    descriptorsAt = ring.descriptors();
    entries = ring.entries();
    producer = (int) INDEX.getAcquire(memory, producerAt);
    consumer = (int) INDEX.getAcquire(memory, consumerAt);
  }

  /** How many entries can be read; looks at the kernel's index only when none are left. */
  int available() {
    int known = producer - consumer;
    if (known == 0) {
      producer = (int) INDEX.getAcquire(memory, producerAt);
      known = producer - consumer;
    }
    return known;
  }

  /** Address of entry {@code index} of the available ones, in a ring of 8-byte entries. */
  long address(int index) {
    return memory.get(
        JAVA_LONG, descriptorsAt + Long.BYTES * (long) (consumer + index & (entries - 1)));
  }

  /** Address of entry {@code index} of the available ones, in a ring of 16-byte entries. */
  long descriptorAddress(int index) {
    return memory.get(JAVA_LONG, descriptorAt(index));
  }

  int descriptorLength(int index) {
    return memory.get(JAVA_INT, descriptorAt(index) + 8);
  }

  /** Whether the next entry belongs to the same frame. */
  boolean continues(int index) {
    return (memory.get(JAVA_INT, descriptorAt(index) + 12) & PACKET_CONTINUES) != 0;
  }

  /** Hands back the first {@code count} of the available entries. */
  void release(int count) {
    consumer += count;
    INDEX.setRelease(memory, consumerAt, consumer);
  }

  private long descriptorAt(int index) {
    return descriptorsAt + DESCRIPTOR_BYTES * (consumer + index & (entries - 1));
  }
}
