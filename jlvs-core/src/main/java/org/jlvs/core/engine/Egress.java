package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV4_MORE_FRAGMENTS;
import static org.jlvs.core.engine.Headers.IPV4_OFFSET_BITS;

import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;

/**
 * The way out: IPv4 packets that don't fit their hop are cut, those that were put together from
 * fragments get back the sizes they had. For one thread; for the engine, and for models of a host.
 */
public final class Egress {
  private static final int OPTION_COPIED = 0x80;

  private final Buffer buffer = new Buffer();

  /** Sends a packet that came whole, cut into fragments when it is larger than the hop takes. */
  public void transmit(Packet packet, Hop hop, Output output) {
    transmit(packet, hop, Reassembled.WHOLE, output);
  }

  /** Takes each piece. */
  private interface Sink {
    void take(Packet piece);
  }

  /**
   * Sends a packet, cut into fragments when it is larger than the hop takes or came in fragments.
   *
   * @param original the sizes it came in
   */
  void transmit(Packet packet, Hop hop, Reassembled original, Output output) {
    boolean ipv4 = packet.u8(0) >>> 4 == 4;
    if (!ipv4 || original.isWhole() && packet.length() <= hop.mtu()) {
      output.transmit(hop, packet);
      return;
    }
    cut(packet, hop.mtu(), original, piece -> output.transmit(hop, piece));
  }

  /** Gives a packet to the host, in the fragments it came in. */
  void deliver(Packet packet, Reassembled original, Output output) {
    if (original.isWhole()) {
      output.deliver(packet);
    } else {
      cut(packet, Integer.MAX_VALUE, original, output::deliver);
    }
  }

  /** As ip_do_fragment cuts. */
  private void cut(Packet packet, int mtu, Reassembled original, Sink sink) {
    int headerBytes = (packet.u8(0) & 0xf) * 4;
    int total = packet.length() - headerBytes;
    boolean keep = original.fits(mtu - headerBytes);
    int limit = Math.min(mtu, original.isWhole() ? mtu : original.largestPacket());
    int step = Math.max(8, limit - headerBytes & ~7);
    int flags = original.doNotFragment() ? IPV4_DO_NOT_FRAGMENT : 0;
    int offset = 0;
    for (int i = 0; offset < total; i++) {
      int size = keep ? original.size(i) : Math.min(step, total - offset);
      size = Math.min(size, total - offset);
      boolean last = offset + size >= total;
      // The last piece may use the bytes that rounding to eight has left over.
      if (!keep && !last && total - offset <= limit - headerBytes) {
        size = total - offset;
        last = true;
      }
      Packet piece = buffer.packet(headerBytes + size, packet.inInterface());
      buffer.copy(packet, 0, 0, headerBytes);
      buffer.copy(packet, headerBytes + offset, headerBytes, size);
      piece.u16(2, headerBytes + size);
      piece.u16(6, flags | (last ? 0 : IPV4_MORE_FRAGMENTS) | offset / 8 & IPV4_OFFSET_BITS);
      if (offset > 0) {
        dropUncopiedOptions(piece, headerBytes);
      }
      seal(piece, headerBytes);
      sink.take(piece);
      offset += size;
    }
  }

  /** Only options with the copied bit go into later fragments: ip_options_fragment. */
  private static void dropUncopiedOptions(Packet piece, int headerBytes) {
    int at = IPV4_BYTES;
    while (at < headerBytes && piece.u8(at) != Ipv4Options.END) {
      int length = Ipv4Options.length(piece, at, headerBytes);
      if (length == 0) {
        return;
      }
      if ((piece.u8(at) & OPTION_COPIED) == 0) {
        for (int i = 0; i < length; i++) {
          piece.u8(at + i, Ipv4Options.NO_OPERATION);
        }
      }
      at += length;
    }
  }

  /** Writes the IPv4 header's checksum. */
  public static void seal(Packet packet, int headerBytes) {
    packet.u16(10, 0);
    packet.u16(10, Checksum.of(packet, 0, headerBytes));
  }
}
