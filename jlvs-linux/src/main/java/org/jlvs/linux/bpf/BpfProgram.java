package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * A BPF program in the kernel. Closing it leaves the program to the devices and pins that still
 * hold it.
 */
public final class BpfProgram implements AutoCloseable {
  private static final int INFO_BYTES = 232;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int LOG_BYTES = 16 << 20;

  /** BPF_LOG_LEVEL1: what the verifier saw on the path that it refused. */
  private static final int LOG_LEVEL = 1;

  /** BPF_F_XDP_HAS_FRAGS: the program takes packets in several buffers. */
  static final int XDP_HAS_FRAGMENTS = 1 << 5;

  private static final int XDP_MD_BYTES = 24;

  /** Room the kernel keeps before a test packet, so that programs can grow it. */
  private static final int HEADROOM_BYTES = 256;

  private final Fd fd;
  private final String name;

  private BpfProgram(Fd fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /**
   * Loads {@code instructions}, whose map references are resolved.
   *
   * @param license as in the object's {@code license} section
   * @param flags BPF_F_ flags of BPF_PROG_LOAD
   * @throws VerifierException when the verifier refuses it
   */
  static BpfProgram load(
      String name, ProgramType type, byte[] instructions, String license, int flags)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(instructions.length, 8);
      MemorySegment.copy(MemorySegment.ofArray(instructions), 0, code, 0, instructions.length);
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, type.number());
      attributes.set(Bytes.U32, 4, instructions.length / INSTRUCTION_BYTES);
      attributes.set(Bytes.U64, 8, code.address());
      attributes.set(Bytes.U64, 16, arena.allocateFrom(license).address());
      attributes.set(Bytes.U32, 44, flags);
      BpfSyscall.putName(attributes, 48, name);
      int result = BpfSyscall.call(BpfSyscall.PROG_LOAD, attributes);
      if (result >= 0) {
        return new BpfProgram(Fd.of(result), name);
      }
      MemorySegment log = arena.allocate(LOG_BYTES);
      attributes.set(Bytes.U32, 24, LOG_LEVEL);
      attributes.set(Bytes.U32, 28, LOG_BYTES);
      attributes.set(Bytes.U64, 32, log.address());
      int again = BpfSyscall.call(BpfSyscall.PROG_LOAD, attributes);
      if (again >= 0) {
        return new BpfProgram(Fd.of(again), name);
      }
      String text = log.getString(0);
      String context = "load BPF program " + name;
      throw text.isBlank()
          ? BpfSyscall.failure(-result, context)
          : new VerifierException(-result, context, text);
    }
  }

  /** The program with number {@code id}, as in {@link ProgramInfo#id()}. */
  public static BpfProgram openId(int id) throws LinuxException {
    return adopt(BpfSyscall.byId(BpfSyscall.PROG_GET_FD_BY_ID, id, "open BPF program " + id));
  }

  /** The program that {@link #pin} left at {@code path}. */
  public static BpfProgram openPinned(Path path) throws LinuxException {
    return adopt(BpfSyscall.pinned(path, "open the BPF program pinned at " + path));
  }

  private static BpfProgram adopt(Fd fd) throws LinuxException {
    try {
      return new BpfProgram(fd, info(fd).name());
    } catch (LinuxException e) {
      fd.close();
      throw e;
    }
  }

  public Fd fd() {
    return fd;
  }

  public String name() {
    return name;
  }

  public ProgramInfo info() throws LinuxException {
    return info(fd);
  }

  /** Keeps the program in the BPF file system under {@code path} until that file is removed. */
  public void pin(Path path) throws LinuxException {
    BpfSyscall.pin(fd, path, "pin BPF program " + name + " at " + path);
  }

  /**
   * Runs an XDP program over a packet without a device.
   *
   * @throws LinuxException EINVAL when the packet is too short or too long, or the interface isn't
   *     there
   */
  public TestRun.Result testRun(TestRun run) throws LinuxException {
    byte[] packet = run.packet();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(Math.max(packet.length, 1), 8);
      MemorySegment.copy(MemorySegment.ofArray(packet), 0, in, 0, packet.length);
      MemorySegment out = arena.allocate(packet.length + HEADROOM_BYTES, 8);
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, fd.number());
      attributes.set(Bytes.U32, 8, packet.length);
      attributes.set(Bytes.U32, 12, (int) out.byteSize());
      attributes.set(Bytes.U64, 16, in.address());
      attributes.set(Bytes.U64, 24, out.address());
      attributes.set(Bytes.U32, 32, run.repeat());
      if (run.ingressInterface() != 0) {
        MemorySegment context = arena.allocate(XDP_MD_BYTES, 8);
        context.set(Bytes.U32, 4, packet.length);
        context.set(Bytes.U32, 12, run.ingressInterface());
        context.set(Bytes.U32, 16, run.rxQueue());
        attributes.set(Bytes.U32, 40, XDP_MD_BYTES);
        attributes.set(Bytes.U64, 48, context.address());
      }
      int result;
      do {
        result = BpfSyscall.call(BpfSyscall.PROG_TEST_RUN, attributes);
      } while (result == -Errno.EINTR);
      BpfSyscall.check(result, "test run of BPF program " + name);
      byte[] packetOut = new byte[Math.min(attributes.get(Bytes.U32, 12), (int) out.byteSize())];
      MemorySegment.copy(out, 0, MemorySegment.ofArray(packetOut), 0, packetOut.length);
      return new TestRun.Result(
          attributes.get(Bytes.U32, 4), packetOut, attributes.get(Bytes.U32, 36));
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return "BPF program " + name;
  }

  private static ProgramInfo info(Fd fd) throws LinuxException {
    String context = "ask about BPF program, " + fd;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counted = arena.allocate(INFO_BYTES, 8);
      BpfSyscall.info(fd, counted, context);
      int maps = counted.get(Bytes.U32, 52);
      MemorySegment mapIds = arena.allocate(Math.max(maps, 1) * (long) Integer.BYTES, 8);
      MemorySegment info = arena.allocate(INFO_BYTES, 8);
      info.set(Bytes.U32, 52, maps);
      info.set(Bytes.U64, 56, mapIds.address());
      BpfSyscall.info(fd, info, context);
      List<Integer> ids = new ArrayList<>();
      for (int i = 0; i < Math.min(maps, info.get(Bytes.U32, 52)); i++) {
        ids.add(mapIds.get(Bytes.U32, (long) i * Integer.BYTES));
      }
      byte[] tag = info.asSlice(8, 8).toArray(ValueLayout.JAVA_BYTE);
      return new ProgramInfo(
          info.get(Bytes.U32, 4),
          info.get(Bytes.U32, 0),
          HexFormat.of().formatHex(tag),
          BpfSyscall.name(info, 64),
          ids,
          info.get(Bytes.U64, 192),
          info.get(Bytes.U64, 200));
    }
  }
}
