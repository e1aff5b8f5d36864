package org.jlvs.linux.xsk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.Mmap;

/**
 * The memory frames are in: equal chunks, the first of them for receiving, the rest for sending.
 * Each receiving chunk is always with the kernel or with the reader, so only sending ones need an
 * account: a stack of those that are free. For one thread.
 */
final class Umem {
  /** A page: what the kernel takes everywhere. Frames above some 3.8 kB don't fit. */
  static final int CHUNK_BYTES = 4096;

  private final MemorySegment memory;
  private final int receiving;
  private final long[] free;
  private int freeCount;

  private Umem(MemorySegment memory, int receiving, int sending) {
    this.memory = memory;
    this.receiving = receiving;
    this.free = new long[sending];
    for (int i = 0; i < sending; i++) {
      free[freeCount++] = (long) (receiving + i) * CHUNK_BYTES;
    }
  }

  static Umem allocate(int receiving, int sending, Arena arena) throws LinuxException {
    long bytes = (long) (receiving + sending) * CHUNK_BYTES;
    return new Umem(Mmap.anonymous(bytes, arena), receiving, sending);
  }

  MemorySegment memory() {
    return memory;
  }

  int receivingChunks() {
    return receiving;
  }

  /** Offset of a free sending chunk, which is the caller's now; -1 when there is none. */
  long take() {
    return freeCount == 0 ? -1 : free[--freeCount];
  }

  /** Gives a sending chunk back; {@code address} may lie anywhere in it. */
  void giveBack(long address) {
    free[freeCount++] = chunk(address);
  }

  int freeChunks() {
    return freeCount;
  }

  /** Offset of the chunk that {@code address} lies in: frames begin behind a headroom. */
  static long chunk(long address) {
    return address & -CHUNK_BYTES;
  }
}
