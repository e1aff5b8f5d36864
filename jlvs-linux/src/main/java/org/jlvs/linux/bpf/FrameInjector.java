package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.KernelVersion;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/**
 * Sends frames into the kernel as if a device had received them, by BPF_PROG_TEST_RUN with
 * BPF_F_TEST_XDP_LIVE_FRAMES (Linux 5.18): the XDP program's verdict on each frame is carried out.
 * PASS gives it to the host's stack, TX and REDIRECT send it.
 *
 * <p>The kernel sets up a page pool for each call: count on 15 to 60 µs, so this is for the odd
 * packet, not for a stream.
 *
 * <p>For one thread at a time; allocates nothing. The interface belongs to the network namespace of
 * the calling thread.
 */
public final class FrameInjector implements AutoCloseable {
  private static final int LIVE_FRAMES = 1 << 1;

  /**
   * What every kernel takes: a page less headroom, skb_shared_info and the kernel's own notes (3408
   * bytes on Linux 6.18).
   */
  public static final int MAX_FRAME_BYTES = 3328;

  private static final int CONTEXT_BYTES = 24;

  private final BpfProgram program;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment attributes = BpfSyscall.attributes(arena);
  private final MemorySegment context = arena.allocate(CONTEXT_BYTES, 8);
  private final MemorySegment frame = arena.allocate(MAX_FRAME_BYTES, 8);

  /**
   * @param program an XDP program, which stays open while this is used
   */
  public FrameInjector(BpfProgram program) {
    this.program = program;
  }

  /**
   * Runs the program on {@code copies} copies of the frame and carries out its verdicts.
   *
   * @param data from {@code offset} on {@code length} bytes: a frame with its Ethernet header
   * @param interfaceIndex the device it is said to come from
   * @throws LinuxException when the kernel refuses; UnsupportedFeatureException before Linux 5.18
   */
  public void inject(MemorySegment data, long offset, int length, int interfaceIndex, int copies)
      throws LinuxException {
    if (length > MAX_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "a frame of " + length + " bytes is longer than " + MAX_FRAME_BYTES);
    }
    MemorySegment.copy(data, offset, frame, 0, length);
    context.set(Bytes.U32, 4, length);
    context.set(Bytes.U32, 12, interfaceIndex);
    int result;
    do {
      attributes.fill((byte) 0);
      attributes.set(Bytes.U32, 0, program.fd().number());
      attributes.set(Bytes.U32, 8, length);
      attributes.set(Bytes.U64, 16, frame.address());
      attributes.set(Bytes.U32, 32, copies);
      attributes.set(Bytes.U32, 40, CONTEXT_BYTES);
      attributes.set(Bytes.U64, 48, context.address());
      attributes.set(Bytes.U32, 64, LIVE_FRAMES);
      attributes.set(Bytes.U32, 72, Math.min(copies, 256));
      result = BpfSyscall.call(BpfSyscall.PROG_TEST_RUN, attributes);
    } while (result == -Errno.EINTR);
    if (result < 0) {
      throw failure(-result, interfaceIndex);
    }
  }

  private LinuxException failure(int errno, int interfaceIndex) throws LinuxException {
    String what = "inject a frame at interface " + interfaceIndex;
    if (errno == Errno.EINVAL && !KernelVersion.current().isAtLeast(5, 18)) {
      return new UnsupportedFeatureException(errno, what, "it needs Linux 5.18 or newer");
    }
    return BpfSyscall.failure(errno, what);
  }

  @Override
  public void close() {
    arena.close();
  }
}
