package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.KernelVersion;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/** The bpf(2) commands and the parts of {@code union bpf_attr} that several classes need. */
final class BpfSyscall {
  private BpfSyscall() {}

  static final int MAP_CREATE = 0;
  static final int MAP_LOOKUP_ELEM = 1;
  static final int MAP_UPDATE_ELEM = 2;
  static final int MAP_DELETE_ELEM = 3;
  static final int MAP_GET_NEXT_KEY = 4;
  static final int PROG_LOAD = 5;
  static final int OBJ_PIN = 6;
  static final int OBJ_GET = 7;
  static final int PROG_ATTACH = 8;
  static final int PROG_DETACH = 9;
  static final int PROG_TEST_RUN = 10;
  static final int PROG_GET_FD_BY_ID = 13;
  static final int MAP_GET_FD_BY_ID = 14;
  static final int OBJ_GET_INFO_BY_FD = 15;
  static final int PROG_QUERY = 16;
  static final int MAP_FREEZE = 22;
  static final int ENABLE_STATS = 32;

  /** Room for every command used here. The kernel takes a longer one if the rest is zero. */
  private static final int ATTRIBUTE_BYTES = 128;

  /** BPF_OBJ_NAME_LEN, with the closing zero. */
  private static final int NAME_BYTES = 16;

  static MemorySegment attributes(Arena arena) {
    return arena.allocate(ATTRIBUTE_BYTES, 8);
  }

  static int call(int command, MemorySegment attributes) {
    return Libc.bpf(command, attributes);
  }

  static void check(int result, String context) throws LinuxException {
    if (result < 0) {
      throw failure(-result, context);
    }
  }

  static Fd descriptor(int result, String context) throws LinuxException {
    check(result, context);
    return Fd.of(result);
  }

  /** Says which right or kernel part is missing where that is the reason. */
  static LinuxException failure(int errno, String context) throws LinuxException {
    if (errno == Errno.ENOSYS) {
      return new UnsupportedFeatureException(
          errno, context, "this kernel is built without CONFIG_BPF_SYSCALL");
    }
    LinuxException failure =
        Capability.explain(
            errno, context, Capability.CAP_BPF, Capability.CAP_NET_ADMIN, Capability.CAP_PERFMON);
    boolean unexplained = !(failure instanceof UnsupportedFeatureException);
    if (errno == Errno.EPERM && unexplained && !KernelVersion.current().isAtLeast(5, 11)) {
      return new UnsupportedFeatureException(
          errno,
          context,
          "Linux before 5.11 counts BPF memory against RLIMIT_MEMLOCK; raise it, as with"
              + " LimitMEMLOCK=infinity in a systemd unit");
    }
    return failure;
  }

  static Fd byId(int command, int id, String context) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = attributes(arena);
      attributes.set(Bytes.U32, 0, id);
      return descriptor(call(command, attributes), context);
    }
  }

  static void pin(Fd fd, Path path, String context) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = attributes(arena);
      attributes.set(Bytes.U64, 0, arena.allocateFrom(path.toString()).address());
      attributes.set(Bytes.U32, 8, fd.number());
      check(call(OBJ_PIN, attributes), context);
    }
  }

  static Fd pinned(Path path, String context) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = attributes(arena);
      attributes.set(Bytes.U64, 0, arena.allocateFrom(path.toString()).address());
      return descriptor(call(OBJ_GET, attributes), context);
    }
  }

  /** Fills {@code info} with what the kernel knows of the object behind {@code fd}. */
  static void info(Fd fd, MemorySegment info, String context) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = attributes(arena);
      attributes.set(Bytes.U32, 0, fd.number());
      attributes.set(Bytes.U32, 4, (int) info.byteSize());
      attributes.set(Bytes.U64, 8, info.address());
      check(call(OBJ_GET_INFO_BY_FD, attributes), context);
    }
  }

  /** Writes {@code name} as the kernel takes it: 15 letters, digits, '_' and '.', others as '_'. */
  static void putName(MemorySegment attributes, long offset, String name) {
    String allowed = name.replaceAll("[^A-Za-z0-9_.]", "_");
    String kept = allowed.substring(0, Math.min(allowed.length(), NAME_BYTES - 1));
    MemorySegment.copy(
        MemorySegment.ofArray(kept.getBytes(StandardCharsets.US_ASCII)),
        0,
        attributes,
        offset,
        kept.length());
  }

  static String name(MemorySegment info, long offset) {
    return info.asSlice(offset, NAME_BYTES).getString(0);
  }
}
