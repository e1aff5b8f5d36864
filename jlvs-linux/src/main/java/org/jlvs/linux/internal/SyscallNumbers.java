package org.jlvs.linux.internal;

/** System call numbers that differ between architectures. */
final class SyscallNumbers {
  private SyscallNumbers() {}

  static final long BPF = "amd64".equals(System.getProperty("os.arch")) ? 321 : 280;
}
