package org.jlvs.linux.sys;

import java.util.concurrent.atomic.AtomicInteger;
import org.jlvs.linux.internal.Libc;

/**
 * An open file descriptor. Owned by whoever created it; any thread may close it, once or more, but
 * nobody may be in a call on it then.
 */
public final class Fd implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;

  private Fd(int number) {
    this.number = new AtomicInteger(number);
  }

  /** Takes ownership of descriptor {@code number}. */
  public static Fd of(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a file descriptor: " + number);
    }
    return new Fd(number);
  }

  /** The descriptor in the result of a call that answers with a negated errno. */
  public static Fd ofResult(int returned, String context) throws LinuxException {
    return new Fd(LinuxException.check(returned, context));
  }

  /** The number; fails when closed, so that a number used anew is never touched. */
  public int number() {
    int current = number.get();
    if (current == CLOSED) {
      throw new IllegalStateException("the file descriptor is closed");
    }
    return current;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  @Override
  public void close() {
    int previous = number.getAndSet(CLOSED);
    if (previous != CLOSED) {
      var _ = Libc.close(previous);
    }
  }

  @Override
  public String toString() {
    return "fd " + number.get();
  }
}
