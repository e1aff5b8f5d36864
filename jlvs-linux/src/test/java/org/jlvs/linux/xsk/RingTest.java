package org.jlvs.linux.xsk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class RingTest {
  private static final int ENTRIES = 4;
  private static final int PRODUCER = 0;
  private static final int CONSUMER = 64;
  private static final int FLAGS = 128;

  /** A ring in plain memory whose indexes stand just before their wrap-around. */
  private static RingMemory ring(Arena arena, int start) {
    MemorySegment memory = arena.allocate(192 + ENTRIES * 16, 64);
    memory.set(ValueLayout.JAVA_INT, PRODUCER, start);
    memory.set(ValueLayout.JAVA_INT, CONSUMER, start);
    return new RingMemory(memory, PRODUCER, CONSUMER, FLAGS, 192, ENTRIES);
  }

  @Test
  void whatIsProducedIsConsumedInOrderAcrossTheWrapAround() {
    try (Arena arena = Arena.ofConfined()) {
      RingMemory shared = ring(arena, -2);
      ProducerRing producer = new ProducerRing(shared);
      ConsumerRing consumer = new ConsumerRing(shared);
      long next = 0;
      long expected = 0;
      for (int round = 0; round < 20; round++) {
        int count = 1 + round % ENTRIES;
        for (int i = 0; i < count; i++) {
          assertThat(producer.hasRoom()).isTrue();
          producer.putDescriptor(next, (int) next + 1000, false);
          next++;
        }
        assertThat(consumer.available()).as("before publishing").isZero();
        producer.publish();
        assertThat(consumer.available()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
          assertThat(consumer.descriptorAddress(i)).isEqualTo(expected);
          assertThat(consumer.descriptorLength(i)).isEqualTo((int) expected + 1000);
          expected++;
        }
        consumer.release(count);
      }
    }
  }

  @Test
  void aFullRingHasRoomAgainWhenSomethingIsTaken() {
    try (Arena arena = Arena.ofConfined()) {
      RingMemory shared = ring(arena, Integer.MAX_VALUE - 1);
      ProducerRing producer = new ProducerRing(shared);
      ConsumerRing consumer = new ConsumerRing(shared);
      for (int i = 0; i < ENTRIES; i++) {
        producer.putAddress(i * 4096L);
      }
      producer.publish();
      assertThat(producer.hasRoom()).isFalse();
      assertThat(producer.pending()).isEqualTo(ENTRIES);

      assertThat(consumer.available()).isEqualTo(ENTRIES);
      assertThat(consumer.address(1)).isEqualTo(4096);
      consumer.release(2);

      assertThat(producer.pending()).isEqualTo(2);
      assertThat(producer.hasRoom()).isTrue();
      assertThat(consumer.available()).isEqualTo(2);
      assertThat(consumer.address(0)).isEqualTo(8192);
    }
  }

  @Test
  void theKernelAsksForAWakeupByAFlag() {
    try (Arena arena = Arena.ofConfined()) {
      RingMemory shared = ring(arena, 0);
      ProducerRing producer = new ProducerRing(shared);
      assertThat(producer.needsWakeup()).isFalse();
      shared.memory().set(ValueLayout.JAVA_INT, FLAGS, 1);
      assertThat(producer.needsWakeup()).isTrue();
    }
  }

  @Test
  void ringsHaveAPowerOfTwoEntries() {
    assertThatThrownBy(() -> new RingMemory(MemorySegment.NULL, 0, 0, 0, 0, 12))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a ring has a power of two entries, not 12");
  }

  @Test
  void aSendingChunkComesBackWhereverItsFrameBegan() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      Umem umem = Umem.allocate(2, 2, arena);
      long first = umem.take();
      long second = umem.take();
      assertThat(new long[] {first, second}).containsExactlyInAnyOrder(8192, 12288);
      assertThat(umem.take()).isEqualTo(-1);
      umem.giveBack(first + 256);
      assertThat(umem.freeChunks()).isEqualTo(1);
      assertThat(umem.take()).isEqualTo(first);
    }
  }
}
