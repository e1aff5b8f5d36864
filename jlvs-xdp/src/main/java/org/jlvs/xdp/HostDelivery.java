package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.core.net.Packet;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.FrameInjector;

/**
 * Gives packets to the host's own stack as if an interface had received them: a program that passes
 * everything is run over them as over live frames. Firewall, reverse-path filter and captures see
 * them on the interface they came in by, which a TAP device would change. Their Ethernet source is
 * the mark by which a generic program, which sees them again, knows them. For the engine thread.
 */
final class HostDelivery implements AutoCloseable {
  private final FrameInjector injector;
  private final long mark;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment frame = arena.allocate(FrameInjector.MAX_FRAME_BYTES, 8);

  /**
   * @param passing a program that answers XDP_PASS
   * @param mark a MAC address in wire order
   */
  HostDelivery(BpfProgram passing, long mark) {
    this.injector = new FrameInjector(passing);
    this.mark = mark;
  }

  /** Whether a packet is short enough for {@link #deliver}. */
  static boolean fits(Packet packet) {
    return packet.length() <= FrameInjector.MAX_FRAME_BYTES - Frames.HEADER_BYTES;
  }

  /**
   * @param interfaceIndex where the packet is said to come in
   * @param mac the interface's own address in wire order, so that the stack takes the frame for its
   *     own
   */
  void deliver(Packet packet, int interfaceIndex, long mac) throws IOException {
    int length = Frames.write(frame, 0, mac, mark, packet);
    injector.inject(frame, 0, length, interfaceIndex, 1);
  }

  @Override
  public void close() {
    injector.close();
    arena.close();
  }
}
