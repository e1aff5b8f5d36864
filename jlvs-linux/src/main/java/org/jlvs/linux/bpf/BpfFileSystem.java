package org.jlvs.linux.bpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;

/** The file system that pinned maps and programs live in. */
public final class BpfFileSystem {
  private BpfFileSystem() {}

  private static final int BPF_FS_MAGIC = 0xcafe4a11;
  private static final int STATFS_BYTES = 120;

  /** Whether {@code path} lies in a BPF file system. */
  public static boolean contains(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statfs = arena.allocate(STATFS_BYTES, 8);
      return Libc.statfs(path.toString(), statfs) == 0 && statfs.get(Bytes.U32, 0) == BPF_FS_MAGIC;
    }
  }

  /** Mounts one at {@code path}, usually {@code /sys/fs/bpf}, unless one is there. */
  public static void mountAt(Path path) throws IOException {
    if (contains(path)) {
      return;
    }
    Files.createDirectories(path);
    int mounted = Libc.mount("bpf", path.toString(), "bpf", 0);
    if (mounted < 0) {
      throw Capability.explain(
          -mounted, "mount a BPF file system at " + path, Capability.CAP_SYS_ADMIN);
    }
  }
}
