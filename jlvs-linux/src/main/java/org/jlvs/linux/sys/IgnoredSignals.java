package org.jlvs.linux.sys;

import org.jlvs.linux.internal.Libc;

/**
 * Signals that whoever started this process had it ignore ({@code nohup}, a shell's {@code trap}):
 * the JVM leaves them ignored and installs no handler.
 */
public final class IgnoredSignals {
  private static final long DEFAULT = 0;
  private static final long IGNORE = 1;

  private IgnoredSignals() {}

  /**
   * Has this process heed a signal again; one that it does not ignore stays as it is. To be called
   * before the JVM is given a handler for it.
   */
  public static void heed(int signal) {
    long before = Libc.signal(signal, IGNORE);
    var _ = Libc.signal(signal, before == IGNORE ? DEFAULT : before);
  }
}
