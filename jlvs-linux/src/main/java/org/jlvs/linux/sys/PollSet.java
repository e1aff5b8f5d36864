package org.jlvs.linux.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;

/**
 * A set of descriptors to wait for, by ppoll(2). For one thread; waiting allocates nothing. Call it
 * from a platform thread: it holds a virtual thread's carrier.
 */
public final class PollSet implements AutoCloseable {
  public static final int READABLE = 1;
  public static final int WRITABLE = 4;
  public static final int ERROR = 8;
  public static final int HANG_UP = 16;

  private static final int ENTRY_BYTES = 8;
  private static final int EVENTS = 4;
  private static final int RESULT = 6;
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment timeout = arena.allocate(16, 8);
  private final List<Fd> descriptors = new ArrayList<>();
  private MemorySegment entries = arena.allocate(8 * ENTRY_BYTES, 8);

  /** Adds a descriptor and answers its index; {@code events} are READABLE and WRITABLE, or'ed. */
  public int add(Fd fd, int events) {
    int index = descriptors.size();
    if ((index + 1) * (long) ENTRY_BYTES > entries.byteSize()) {
      entries = arena.allocate(2 * entries.byteSize(), 8).copyFrom(entries);
    }
    descriptors.add(fd);
    write(index, fd.number(), events);
    return index;
  }

  /** Waits for other events of the descriptor at {@code index} from now on; 0 leaves it out. */
  public void listen(int index, int events) {
    entries.set(Bytes.U16, (long) index * ENTRY_BYTES + EVENTS, (short) events);
  }

  /** Takes a descriptor out; the last one moves to its index. */
  public void remove(Fd fd) {
    int index = descriptors.indexOf(fd);
    if (index < 0) {
      return;
    }
    int last = descriptors.size() - 1;
    MemorySegment.copy(
        entries, (long) last * ENTRY_BYTES, entries, (long) index * ENTRY_BYTES, ENTRY_BYTES);
    descriptors.set(index, descriptors.get(last));
    descriptors.remove(last);
  }

  public int size() {
    return descriptors.size();
  }

  /**
   * Waits until a descriptor is ready or time is over.
   *
   * @param timeoutNanos 0 only looks, negative waits for ever
   * @return how many are ready; 0 also when a signal interrupted the wait
   */
  public int await(long timeoutNanos) throws LinuxException {
    MemorySegment limit = MemorySegment.NULL;
    if (timeoutNanos >= 0) {
      timeout.set(Bytes.U64, 0, timeoutNanos / NANOS_A_SECOND);
      timeout.set(Bytes.U64, 8, timeoutNanos % NANOS_A_SECOND);
      limit = timeout;
    }
    int ready = Libc.ppoll(entries, descriptors.size(), limit);
    if (ready == -Errno.EINTR) {
      for (int i = 0; i < descriptors.size(); i++) {
        entries.set(Bytes.U16, (long) i * ENTRY_BYTES + RESULT, (short) 0);
      }
      return 0;
    }
    return LinuxException.check(ready, "poll of " + descriptors.size() + " descriptors");
  }

  /** The events that {@link #await} found at {@code index}; 0 when none. */
  public int ready(int index) {
    return entries.get(Bytes.U16, (long) index * ENTRY_BYTES + RESULT) & 0xffff;
  }

  /** Frees the set's memory; the descriptors stay open. */
  @Override
  public void close() {
    arena.close();
  }

  private void write(int index, int fd, int events) {
    long at = (long) index * ENTRY_BYTES;
    entries.set(Bytes.U32, at, fd);
    entries.set(Bytes.U16, at + EVENTS, (short) events);
    entries.set(Bytes.U16, at + RESULT, (short) 0);
  }
}
