package org.jlvs.testbed.replay;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Set;
import org.jlvs.core.engine.Headers;
import org.jlvs.core.net.Packet;

/** Ethernet frames as bytes, and packets of them. */
final class Frames {
  static final int ETHERNET_BYTES = 14;
  static final int ETHERTYPE_IPV4 = 0x0800;
  static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int HEADROOM = 256;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int IPV4_FRAGMENT_BITS = 0x3fff;
  private static final int TCP_FLAGS = 13;
  private static final int TCP_SYN = 0x02;
  private static final int SCTP_CHUNK = 12;
  private static final int SCTP_INIT = 1;
  private static final int FLAGS_END = 14;
  private static final Set<Integer> TRANSPORTS =
      Set.of(Headers.TCP, Headers.UDP, Headers.ICMPV6, Headers.SCTP);

  private Frames() {}

  /** A new packet of zero bytes. */
  static Packet packet(int length) {
    byte[] buffer = new byte[HEADROOM + length];
    return new Packet().wrap(MemorySegment.ofArray(buffer), HEADROOM, length, 0);
  }

  /** The IP packet in a frame. */
  static Packet packet(byte[] frame, int inInterface) {
    int length = frame.length - ETHERNET_BYTES;
    byte[] buffer = new byte[HEADROOM + length];
    System.arraycopy(frame, ETHERNET_BYTES, buffer, HEADROOM, length);
    return new Packet().wrap(MemorySegment.ofArray(buffer), HEADROOM, length, inInterface);
  }

  /** A copy of the packet that begins at {@code offset} inside another. */
  static Packet inner(Packet outer, int offset, int inInterface) {
    int length = outer.length() - offset;
    byte[] buffer = new byte[HEADROOM + length];
    MemorySegment copy = MemorySegment.ofArray(buffer);
    MemorySegment.copy(outer.buffer(), outer.start() + offset, copy, HEADROOM, length);
    return new Packet().wrap(copy, HEADROOM, length, inInterface);
  }

  static int etherType(byte[] frame) {
    return (frame[12] & 0xff) << 8 | frame[13] & 0xff;
  }

  static String destinationMac(byte[] frame) {
    return HexFormat.ofDelimiter(":").formatHex(frame, 0, 6);
  }

  /** The frame of an IP packet. */
  static byte[] frame(Packet packet, String destinationMac, String sourceMac) {
    byte[] frame = new byte[ETHERNET_BYTES + packet.length()];
    HexFormat mac = HexFormat.ofDelimiter(":");
    System.arraycopy(mac.parseHex(destinationMac), 0, frame, 0, 6);
    System.arraycopy(mac.parseHex(sourceMac), 0, frame, 6, 6);
    int type = packet.u8(0) >>> 4 == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    frame[12] = (byte) (type >>> 8);
    frame[13] = (byte) type;
    for (int i = 0; i < packet.length(); i++) {
      frame[ETHERNET_BYTES + i] = (byte) packet.u8(i);
    }
    return frame;
  }

  /**
   * Whether a frame holds a SYN of TCP or an INIT of SCTP, or a fragment or an extension header
   * that one may be behind.
   */
  static boolean mayBeginConnection(byte[] frame) {
    boolean ipv4 = etherType(frame) == ETHERTYPE_IPV4;
    if (frame.length < ETHERNET_BYTES + (ipv4 ? IPV4_BYTES : IPV6_BYTES)) {
      return false;
    }
    Packet packet = packet(frame, 0);
    int protocol = packet.u8(ipv4 ? 9 : 6);
    int headerBytes = ipv4 ? (packet.u8(0) & 0xf) * 4 : IPV6_BYTES;
    if (ipv4 ? (packet.u16(6) & IPV4_FRAGMENT_BITS) != 0 : !TRANSPORTS.contains(protocol)) {
      return true;
    }
    if (packet.length() < headerBytes + FLAGS_END) {
      return false;
    }
    return switch (protocol) {
      case Headers.TCP -> (packet.u8(headerBytes + TCP_FLAGS) & TCP_SYN) != 0;
      case Headers.SCTP -> packet.u8(headerBytes + SCTP_CHUNK) == SCTP_INIT;
      default -> false;
    };
  }
}
