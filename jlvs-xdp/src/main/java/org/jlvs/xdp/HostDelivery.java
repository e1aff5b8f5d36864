package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.core.engine.Egress;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Output;
import org.jlvs.core.net.Packet;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.FrameInjector;
import org.jspecify.annotations.Nullable;

/**
 * Gives packets to the host's own stack as if an interface had received them: a program that passes
 * everything is run over them as over live frames. Firewall, reverse-path filter and captures see
 * them on the interface they came in by, which a TAP device would change. Their Ethernet source is
 * the mark by which a generic program, which sees them again, knows them. For the engine thread.
 */
final class HostDelivery implements AutoCloseable {
  private static final int MAX_PACKET_BYTES = FrameInjector.MAX_FRAME_BYTES - Frames.HEADER_BYTES;

  private final TcpSegmenter segmenter = new TcpSegmenter();
  private final Egress egress = new Egress();
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

  /**
   * Gives a packet, one that is too long for the kernel's entrance in several: TCP in segments,
   * others in IPv4 fragments.
   *
   * @param interfaceIndex where the packet is said to come in
   * @param mac the interface's own address in wire order, so that the stack takes the frame for its
   *     own
   * @throws IOException when the kernel does not take it, or it can't be cut
   */
  void deliver(Packet packet, int interfaceIndex, long mac) throws IOException {
    if (packet.length() <= MAX_PACKET_BYTES) {
      inject(packet, interfaceIndex, mac);
      return;
    }
    Pieces pieces = new Pieces(interfaceIndex, mac);
    if (!segmenter.cut(packet, MAX_PACKET_BYTES, pieces::take)) {
      egress.transmit(packet, new Hop(0, interfaceIndex, MAX_PACKET_BYTES), pieces);
    }
    if (pieces.failure != null) {
      throw pieces.failure;
    }
  }

  private void inject(Packet packet, int interfaceIndex, long mac) throws IOException {
    int length = Frames.write(frame, 0, mac, mark, packet);
    injector.inject(frame, 0, length, interfaceIndex, 1);
  }

  /** Gives the pieces of one packet, and remembers the first failure. */
  private final class Pieces implements Output {
    private final int interfaceIndex;
    private final long mac;
    private @Nullable IOException failure;

    Pieces(int interfaceIndex, long mac) {
      this.interfaceIndex = interfaceIndex;
      this.mac = mac;
    }

    void take(Packet piece) {
      try {
        if (piece.length() > MAX_PACKET_BYTES) {
          throw new IOException(
              "it has " + piece.length() + " bytes, and can be cut neither as TCP nor as IPv4");
        }
        inject(piece, interfaceIndex, mac);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        }
      }
    }

    @Override
    public void transmit(Hop hop, Packet piece) {
      take(piece);
    }

    @Override
    public void deliver(Packet piece) {
      take(piece);
    }
  }

  @Override
  public void close() {
    injector.close();
    arena.close();
  }
}
