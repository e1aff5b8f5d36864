package org.jlvs.xdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;

/**
 * Cuts TCP packets that are longer than their way takes: those that a host left to its device to
 * cut (TSO), or that the own stack put together of several (GRO). As {@code tcp_gso_segment} of the
 * kernel cuts, with checksums finished. For the engine thread; allocates nothing.
 */
final class TcpSegmenter {
  private static final int TCP = 6;
  private static final int HEADROOM = 256;
  private static final int LONGEST_SEGMENT = 4096;

  private static final int IPV4_BYTES = 20;
  private static final int IPV4_FRAGMENT_BITS = 0x3fff;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;
  private static final int SEQUENCE = 4;
  private static final int DATA_OFFSET = 12;
  private static final int FLAGS = 13;
  private static final int CHECKSUM = 16;
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int PUSH = 0x08;
  private static final int URGENT = 0x20;
  private static final int WINDOW_REDUCED = 0x80;

  private final MemorySegment memory = Arena.ofAuto().allocate(HEADROOM + LONGEST_SEGMENT, 8);
  private final Packet segment = new Packet();

  /** Takes each segment; it is gone when this returns. */
  interface Sink {
    void take(Packet segment);
  }

  /**
   * Cuts a packet.
   *
   * @param bytes length of an IP packet that the way takes, at most 4096
   * @return false when it is no packet that can be cut: nothing was given to {@code sink} then
   */
  boolean cut(Packet packet, int bytes, Sink sink) {
    if (packet.length() < IPV4_BYTES) {
      return false;
    }
    boolean ipv4 = packet.u8(0) >>> 4 == 4;
    int end = end(packet, ipv4);
    int transport = ipv4 ? (packet.u8(0) & 0xf) * 4 : IPV6_BYTES;
    int protocol = packet.u8(ipv4 ? 9 : 6);
    if (end > packet.length()
        || protocol != TCP
        || end < transport + TCP_BYTES
        || ipv4 && (transport < IPV4_BYTES || (packet.u16(6) & IPV4_FRAGMENT_BITS) != 0)) {
      return false;
    }
    int headers = transport + (packet.u8(transport + DATA_OFFSET) >>> 4) * 4;
    int flags = packet.u8(transport + FLAGS);
    int most = Math.min(bytes, LONGEST_SEGMENT) - headers;
    if (headers < transport + TCP_BYTES
        || headers >= end
        || most <= 0
        || (flags & (SYN | URGENT)) != 0) {
      return false;
    }
    int number = 0;
    for (int at = headers; at < end; at += most) {
      int size = Math.min(most, end - at);
      segment.wrap(memory, HEADROOM, headers + size, packet.inInterface());
      copy(packet, 0, 0, headers);
      copy(packet, at, headers, size);
      int cleared = (at + size < end ? FIN | PUSH : 0) | (number > 0 ? WINDOW_REDUCED : 0);
      segment.u8(transport + FLAGS, flags & ~cleared);
      segment.i32(transport + SEQUENCE, packet.i32(transport + SEQUENCE) + at - headers);
      if (ipv4) {
        sealIpv4(packet.u16(4) + number, transport);
      } else {
        segment.u16(4, headers - IPV6_BYTES + size);
      }
      segment.u16(transport + CHECKSUM, 0);
      segment.u16(transport + CHECKSUM, Checksum.ofTransport(segment, transport, TCP));
      sink.take(segment);
      number++;
    }
    return true;
  }

  /** Where the IP packet ends by its header; beyond its length for one that has none. */
  private static int end(Packet packet, boolean ipv4) {
    if (ipv4) {
      return packet.u16(2);
    }
    boolean ipv6 = packet.u8(0) >>> 4 == 6 && packet.length() >= IPV6_BYTES;
    return ipv6 ? IPV6_BYTES + packet.u16(4) : Integer.MAX_VALUE;
  }

  private void sealIpv4(int identification, int headerBytes) {
    segment.u16(2, segment.length());
    segment.u16(4, identification);
    segment.u16(10, 0);
    segment.u16(10, Checksum.of(segment, 0, headerBytes));
  }

  private void copy(Packet from, int offset, int to, int bytes) {
    MemorySegment.copy(from.buffer(), from.start() + offset, memory, HEADROOM + to, bytes);
  }
}
