package org.jlvs.linux.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jlvs.linux.internal.Libc;

/**
 * Wakes a thread that polls. Any thread may {@link #signal}; signals add up until the polling
 * thread {@link #drain}s them. Neither blocks nor allocates.
 */
public final class EventFd implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;

  private static final MemorySegment ONE =
      Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1L).asReadOnly();

  private final Arena arena = Arena.ofShared();
  private final MemorySegment counter = arena.allocate(ValueLayout.JAVA_LONG);
  private final Fd fd;

  private EventFd(Fd fd) {
    this.fd = fd;
  }

  public static EventFd open() throws LinuxException {
    return new EventFd(Fd.ofResult(Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
  }

  /** Readable when signalled. */
  public Fd fd() {
    return fd;
  }

  /** Makes the descriptor readable. A full counter stays full, which is as good. */
  public void signal() {
    var _ = Libc.write(fd.number(), ONE, Long.BYTES);
  }

  /** Takes all signals; whether there were any. For one thread. */
  public boolean drain() {
    return Libc.read(fd.number(), counter, Long.BYTES) == Long.BYTES;
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
