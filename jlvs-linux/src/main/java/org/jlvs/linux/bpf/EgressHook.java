package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/**
 * The place where programs of section {@code tc} see what the host sends by an interface: tcx,
 * since Linux 6.6. Several programs can be there. What is attached stays until it is detached or
 * the interface goes, also when this process ends. Interfaces are those of the calling thread's
 * network namespace.
 */
public final class EgressHook {
  private static final int TCX_EGRESS = 47;
  private static final int REPLACE = 1 << 2;

  /** BPF_MPROG_MAX. */
  private static final int MOST_PROGRAMS = 64;

  private EgressHook() {}

  /**
   * Attaches a program behind those that are there.
   *
   * @throws UnsupportedFeatureException when the kernel is older than Linux 6.6
   */
  public static void attach(int interfaceIndex, BpfProgram program) throws LinuxException {
    attach(interfaceIndex, program, 0, 0);
  }

  /** Puts a program in the place of another; no packet passes between. */
  public static void replace(int interfaceIndex, BpfProgram old, BpfProgram program)
      throws LinuxException {
    attach(interfaceIndex, program, REPLACE, old.fd().number());
  }

  private static void attach(int interfaceIndex, BpfProgram program, int flags, int replaced)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = of(arena, interfaceIndex, program);
      attributes.set(Bytes.U32, 12, flags);
      attributes.set(Bytes.U32, 16, replaced);
      check(
          BpfSyscall.call(BpfSyscall.PROG_ATTACH, attributes),
          "attach " + program + " to what interface " + interfaceIndex + " sends");
    }
  }

  /** Takes a program off. */
  public static void detach(int interfaceIndex, BpfProgram program) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      BpfSyscall.check(
          BpfSyscall.call(BpfSyscall.PROG_DETACH, of(arena, interfaceIndex, program)),
          "detach " + program + " from what interface " + interfaceIndex + " sends");
    }
  }

  private static MemorySegment of(Arena arena, int interfaceIndex, BpfProgram program) {
    MemorySegment attributes = BpfSyscall.attributes(arena);
    attributes.set(Bytes.U32, 0, interfaceIndex);
    attributes.set(Bytes.U32, 4, program.fd().number());
    attributes.set(Bytes.U32, 8, TCX_EGRESS);
    return attributes;
  }

  /** The first program there of this name; the caller closes it. */
  public static Optional<BpfProgram> find(int interfaceIndex, String name) throws LinuxException {
    for (int id : programs(interfaceIndex)) {
      BpfProgram program = BpfProgram.openId(id);
      if (program.name().equals(name)) {
        return Optional.of(program);
      }
      program.close();
    }
    return Optional.empty();
  }

  /** The numbers of the programs there, in their order, as {@link BpfProgram#openId} takes them. */
  public static List<Integer> programs(int interfaceIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(MOST_PROGRAMS * (long) Integer.BYTES, 8);
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, interfaceIndex);
      attributes.set(Bytes.U32, 4, TCX_EGRESS);
      attributes.set(Bytes.U64, 16, ids.address());
      attributes.set(Bytes.U32, 24, MOST_PROGRAMS);
      int result = BpfSyscall.call(BpfSyscall.PROG_QUERY, attributes);
      if (result == -Errno.ENOENT) {
        return List.of();
      }
      check(result, "ask for the programs at what interface " + interfaceIndex + " sends");
      List<Integer> programs = new ArrayList<>();
      for (int i = 0; i < attributes.get(Bytes.U32, 24); i++) {
        programs.add(ids.get(Bytes.U32, i * (long) Integer.BYTES));
      }
      return programs;
    }
  }

  private static void check(int result, String context) throws LinuxException {
    if (result == -Errno.EINVAL) {
      throw new UnsupportedFeatureException(Errno.EINVAL, context, "it needs Linux 6.6 or later");
    }
    BpfSyscall.check(result, context);
  }
}
