package org.jlvs.core.net;

/**
 * The Internet checksum (RFC 1071) over a packet's bytes, and its update when words change (RFC
 * 1624). Threads may share it.
 */
public final class Checksum {
  private Checksum() {}

  /** The sum of 16-bit words in network order, not folded; an odd last byte is a high one. */
  public static long sum(Packet packet, int offset, int length) {
    long sum = 0;
    int at = offset;
    int end = offset + length;
    for (; at + 4 <= end; at += 4) {
      sum += packet.u32(at);
    }
    if (at + 2 <= end) {
      sum += packet.u16(at);
      at += 2;
    }
    return at < end ? sum + (packet.u8(at) << 8) : sum;
  }

  /** The checksum of a sum: its one's complement in 16 bits. */
  public static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) ~folded & 0xffff;
  }

  /** The checksum of a stretch of bytes; 0 when it contains its own right checksum. */
  public static int of(Packet packet, int offset, int length) {
    return fold(sum(packet, offset, length));
  }

  /**
   * The checksum of an IP packet's transport part, pseudo header included (RFC 9293, RFC 8200); 0
   * when it contains its own right checksum.
   *
   * @param transport where the transport part begins; it goes to the packet's end
   * @param protocol its IP protocol number
   */
  public static int ofTransport(Packet packet, int transport, int protocol) {
    int length = packet.length() - transport;
    boolean ipv4 = packet.u8(0) >>> 4 == 4;
    long addresses = ipv4 ? sum(packet, 12, 8) : sum(packet, 8, 32);
    return fold(addresses + length + protocol + sum(packet, transport, length));
  }

  /**
   * The checksum after words were changed.
   *
   * @param removed the sum of the words that were there
   * @param added the sum of the words that are there now
   */
  public static int update(int checksum, long removed, long added) {
    int removedFolded = fold(removed);
    return fold((~checksum & 0xffffL) + removedFolded + added);
  }
}
