package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * Lets the kernel count runs and time of all programs while it is open; see {@link
 * ProgramInfo#runNanos()}. Costs some 20 ns a run.
 */
public final class BpfStatistics implements AutoCloseable {
  private final Fd fd;

  private BpfStatistics(Fd fd) {
    this.fd = fd;
  }

  public static BpfStatistics enable() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment runTime = BpfSyscall.attributes(arena);
      int result = BpfSyscall.call(BpfSyscall.ENABLE_STATS, runTime);
      return new BpfStatistics(BpfSyscall.descriptor(result, "enable BPF statistics"));
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
