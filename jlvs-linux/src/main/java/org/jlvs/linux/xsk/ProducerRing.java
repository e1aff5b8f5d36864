package org.jlvs.linux.xsk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A ring Java fills and the kernel empties: fill and transmit. Entries are written plainly and
 * published by one release store of the index, which pairs with the kernel's acquire load; the
 * consumer's index is read with acquire, so that an entry is not overwritten before the kernel has
 * read it. For one thread.
 */
final class ProducerRing {
  private static final VarHandle INDEX = JAVA_INT.varHandle();
  private static final int NEED_WAKEUP = 1;

  private final MemorySegment memory;
  private final long producerAt;
  private final long consumerAt;
  private final long flagsAt;
  private final long descriptorsAt;
  private final int entries;
  private int producer;
  private int consumer;

  ProducerRing(RingMemory ring) {
    memory = ring.memory();
    producerAt = ring.producer();
    consumerAt = ring.consumer();
    flagsAt = ring.flags();
    descriptorsAt = ring.descriptors();
    entries = ring.entries();
    producer = (int) INDEX.getAcquire(memory, producerAt);
    consumer = (int) INDEX.getAcquire(memory, consumerAt);
  }

  /** Whether there is room for one more entry. */
  boolean hasRoom() {
    if (producer - consumer < entries) {
      return true;
    }
    consumer = (int) INDEX.getAcquire(memory, consumerAt);
    return producer - consumer < entries;
  }

  /** Writes an entry of 8 bytes. There must be room. */
  void putAddress(long address) {
    memory.set(
        JAVA_LONG, descriptorsAt + Long.BYTES * (long) (producer++ & (entries - 1)), address);
  }

  /** Writes an entry of 16 bytes ({@code struct xdp_desc}). There must be room. */
  void putDescriptor(long address, int length, boolean continues) {
    long at = descriptorsAt + ConsumerRing.DESCRIPTOR_BYTES * (producer++ & (entries - 1));
    memory.set(JAVA_LONG, at, address);
    memory.set(JAVA_INT, at + 8, length);
    memory.set(JAVA_INT, at + 12, continues ? ConsumerRing.PACKET_CONTINUES : 0);
  }

  /** Lets the kernel see the entries written. */
  void publish() {
    INDEX.setRelease(memory, producerAt, producer);
  }

  /** How many published entries the kernel has not taken yet. */
  int pending() {
    consumer = (int) INDEX.getAcquire(memory, consumerAt);
    return producer - consumer;
  }

  /** Whether the kernel wants a system call before it looks at the ring again. */
  boolean needsWakeup() {
    return ((int) INDEX.getAcquire(memory, flagsAt) & NEED_WAKEUP) != 0;
  }
}
