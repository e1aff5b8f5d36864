package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.Mmap;

/**
 * The reading end of a map of type {@link MapType#RINGBUF}: records that programs write, in their
 * order. When it is full, programs can't write. For one thread; reading allocates nothing. Layout
 * as {@code kernel/bpf/ringbuf.c} of Linux has it: a page with the reader's position, one with the
 * writers', and the data twice in a row, so that no record is broken at the end.
 */
public final class RingBuffer implements AutoCloseable {
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;
  private static final VarHandle POSITION = U64.varHandle();
  private static final VarHandle HEADER = U32.varHandle();

  private static final int HEADER_BYTES = 8;

  /** Its writer has not finished it; those behind it have to wait. */
  private static final int BUSY = 1 << 31;

  /** Its writer has thought better of it. */
  private static final int DISCARDED = 1 << 30;

  private final Arena arena = Arena.ofShared();
  private final Fd fd;
  private final MemorySegment reader;
  private final MemorySegment writers;
  private final long size;
  private long position;

  /** Takes a record. */
  public interface Consumer {
    /**
     * @param memory read-only; the record is gone when this returns
     */
    void accept(MemorySegment memory, long offset, int length);
  }

  /**
   * @param map stays open as long as this is used
   */
  public RingBuffer(BpfMap map) throws LinuxException {
    if (map.spec().type() != MapType.RINGBUF) {
      throw new IllegalArgumentException(map + " is no ring buffer");
    }
    fd = map.fd();
    size = map.spec().maxEntries();
    try {
      reader = Mmap.shared(fd, 0, Mmap.PAGE_BYTES, arena);
      writers = Mmap.sharedReadOnly(fd, Mmap.PAGE_BYTES, Mmap.PAGE_BYTES + 2 * size, arena);
    } catch (LinuxException e) {
      arena.close();
      throw e;
    }
    position = (long) POSITION.getVolatile(reader, 0L);
  }

  /** Readable, to poll(2), when there is a record. */
  public Fd fd() {
    return fd;
  }

  /**
   * Hands over what has been written.
   *
   * @param most records at once
   * @return how many there were
   */
  public int read(int most, Consumer consumer) {
    long end = (long) POSITION.getAcquire(writers, 0L);
    int count = 0;
    while (position != end && count < most) {
      long at = Mmap.PAGE_BYTES + (position & size - 1);
      int header = (int) HEADER.getAcquire(writers, at);
      if ((header & BUSY) != 0) {
        break;
      }
      int length = header & ~DISCARDED;
      if ((header & DISCARDED) == 0) {
        consumer.accept(writers, at + HEADER_BYTES, length);
        count++;
      }
      position += Bytes.roundUp(HEADER_BYTES + (long) length, HEADER_BYTES);
      POSITION.setRelease(reader, 0L, position);
    }
    return count;
  }

  @Override
  public void close() {
    arena.close();
  }
}
