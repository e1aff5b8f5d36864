package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV4_MORE_FRAGMENTS;
import static org.jlvs.core.engine.Headers.IPV4_OFFSET_BITS;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;
import static org.jlvs.core.engine.Headers.IPV6_MIN_MTU;

import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;

/**
 * The way out: packets that don't fit their hop are cut, those that were put together from
 * fragments get back the sizes they had. Whether a packet may be cut at all is decided before. For
 * one thread; for the engine, and for models of a host.
 */
public final class Egress {
  private static final int OPTION_COPIED = 0x80;

  /** Multiplier and shifts of a mixer of 32 bits (Wellons' lowbias32): equal only for equals. */
  private static final int MIX_1 = 0x7feb352d;

  private static final int MIX_2 = 0x846ca68b;

  /** A limit of pieces for the host, which takes what came. */
  private static final int AS_IT_CAME = Integer.MAX_VALUE;

  private final Buffer buffer = new Buffer();

  /** Counts IPv6 packets that were cut here. */
  private int cuts;

  /** Sends a packet that came whole, cut into fragments when it is larger than the hop takes. */
  public void transmit(Packet packet, Hop hop, Output output) {
    transmit(packet, hop, Reassembled.WHOLE, output);
  }

  /** Sends what a host has put together from fragments, in pieces of the sizes they had. */
  public void transmit(Packet packet, Hop hop, Ipv6Reassembler fragments, Output output) {
    transmit(packet, hop, fragments.original(), output);
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
    boolean fits = packet.length() <= hop.mtu();
    if (fits && (original.isWhole() || !ipv4 && packet.length() <= original.largestPacket())) {
      output.transmit(hop, packet);
    } else if (ipv4) {
      cutIpv4(packet, hop.mtu(), original, piece -> output.transmit(hop, piece));
    } else {
      int limit =
          original.isWhole()
              ? hop.mtu()
              : Math.min(hop.mtu(), Math.max(original.largestPacket(), IPV6_MIN_MTU));
      int identification = mixed(++cuts);
      cutIpv6(packet, limit, original, identification, piece -> output.transmit(hop, piece));
    }
  }

  private static int mixed(int number) {
    int mixed = (number ^ number >>> 16) * MIX_1;
    mixed = (mixed ^ mixed >>> 15) * MIX_2;
    return mixed ^ mixed >>> 16;
  }

  /** Gives a packet to the host, in the fragments it came in. */
  void deliver(Packet packet, Reassembled original, Output output) {
    if (original.fragments() <= 1) {
      output.deliver(packet);
    } else if (packet.u8(0) >>> 4 == 4) {
      cutIpv4(packet, AS_IT_CAME, original, output::deliver);
    } else {
      int identification = original.identification();
      cutIpv6(packet, AS_IT_CAME, original, identification, output::deliver);
    }
  }

  /** Bytes of the next piece: all that is left if it fits, else as much as eights allow. */
  private static int pieceBytes(int @Nullable [] oldSizes, int piece, int left, int room) {
    if (oldSizes != null) {
      return Math.min(left, oldSizes[piece]);
    }
    return left <= room ? left : Math.max(8, room & ~7);
  }

  /** As ip_do_fragment cuts. */
  private void cutIpv4(Packet packet, int mtu, Reassembled original, Sink sink) {
    int headerBytes = (packet.u8(0) & 0xf) * 4;
    int total = packet.length() - headerBytes;
    int limit = original.isWhole() ? mtu : Math.min(mtu, original.largestPacket());
    int room = limit - headerBytes;
    int[] oldSizes = original.oldSizes(headerBytes, room);
    // Only pieces that are cut anew say so.
    int flags = original.doNotFragment() && oldSizes == null ? IPV4_DO_NOT_FRAGMENT : 0;
    int offset = 0;
    for (int i = 0; offset < total; i++) {
      int size = pieceBytes(oldSizes, i, total - offset, room);
      boolean last = offset + size >= total;
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

  /** As ip6_fragment cuts; a packet whose headers can't be walked is dropped. */
  private void cutIpv6(
      Packet packet, int limit, Reassembled original, int identification, Sink sink) {
    int headerBytes = Ipv6Extensions.unfragmentableBytes(packet);
    if (headerBytes < 0) {
      return;
    }
    int nextHeaderAt = Ipv6Extensions.nextHeaderAt(packet, headerBytes);
    int transport = packet.u8(nextHeaderAt);
    int payloadAt = headerBytes + Ipv6Extensions.FRAGMENT_BYTES;
    int total = packet.length() - headerBytes;
    int room = limit - payloadAt;
    // To be sent, a piece needs as much room before its data as the headers take that it had.
    boolean hasRoom = limit == AS_IT_CAME || headerBytes <= original.headerBytes();
    int[] oldSizes = hasRoom ? original.oldSizes(headerBytes, room) : null;
    int offset = 0;
    for (int i = 0; offset < total; i++) {
      int size = pieceBytes(oldSizes, i, total - offset, room);
      boolean last = offset + size >= total;
      Packet piece = buffer.packet(payloadAt + size, packet.inInterface());
      buffer.copy(packet, 0, 0, headerBytes);
      buffer.copy(packet, headerBytes + offset, payloadAt, size);
      piece.u8(nextHeaderAt, Ipv6Extensions.FRAGMENT);
      piece.u16(4, piece.length() - IPV6_BYTES);
      piece.u16(headerBytes, transport << 8);
      piece.u16(headerBytes + 2, offset | (last ? 0 : Ipv6Extensions.FRAGMENT_MORE));
      piece.i32(headerBytes + 4, identification);
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
