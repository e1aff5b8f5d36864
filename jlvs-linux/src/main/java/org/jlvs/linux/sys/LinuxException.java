package org.jlvs.linux.sys;

import java.io.IOException;

/** A system call failed. The message says what was tried, on what, and the errno's name. */
public class LinuxException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * @param errno a positive number as in {@link Errno}
   * @param context what was tried and on what, as in {@code "bind to eth0, queue 0"}
   */
  public LinuxException(int errno, String context) {
    super(context + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  public final int errno() {
    return errno;
  }

  /** Throws when {@code returned}, of a call that answers with a negated errno, is negative. */
  public static int check(int returned, String context) throws LinuxException {
    if (returned < 0) {
      throw new LinuxException(-returned, context);
    }
    return returned;
  }
}
