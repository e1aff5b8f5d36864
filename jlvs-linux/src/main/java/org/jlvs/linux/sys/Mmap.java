package org.jlvs.linux.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;

/**
 * mmap(2). A segment is unmapped when its arena is closed; access after that fails in Java instead
 * of killing the process.
 */
public final class Mmap {
  private Mmap() {}

  private static final int PROT_READ = 1;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_POPULATE = 0x8000;

  /** What lengths are rounded up to, and offsets must be multiples of. */
  public static final int PAGE_BYTES = Libc.getpagesize();

  /**
   * Maps {@code length} bytes of {@code fd} from {@code offset} (bytes, a multiple of the page
   * size), shared, readable and writable. The segment has exactly {@code length} bytes.
   */
  public static MemorySegment shared(Fd fd, long offset, long length, Arena arena)
      throws LinuxException {
    return map(fd.number(), offset, length, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, arena);
  }

  /** As {@link #shared}, of what can only be read. */
  public static MemorySegment sharedReadOnly(Fd fd, long offset, long length, Arena arena)
      throws LinuxException {
    return map(fd.number(), offset, length, PROT_READ, MAP_SHARED | MAP_POPULATE, arena)
        .asReadOnly();
  }

  /** Maps {@code length} bytes of zeros, page-aligned, all present from the start. */
  public static MemorySegment anonymous(long length, Arena arena) throws LinuxException {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    return map(-1, 0, length, PROT_READ_WRITE, flags, arena);
  }

  private static MemorySegment map(
      int fd, long offset, long length, int protection, int flags, Arena arena)
      throws LinuxException {
    if (length <= 0) {
      throw new IllegalArgumentException("can't map " + length + " bytes");
    }
    long mapped = Bytes.roundUp(length, PAGE_BYTES);
    long address = Libc.mmap(mapped, protection, flags, fd, offset);
    if (address < 0) {
      throw new LinuxException((int) -address, "mmap " + mapped + " bytes");
    }
    return MemorySegment.ofAddress(address)
        .reinterpret(
            length,
            arena,
            segment -> {
              var _ = Libc.munmap(segment, mapped);
            });
  }
}
