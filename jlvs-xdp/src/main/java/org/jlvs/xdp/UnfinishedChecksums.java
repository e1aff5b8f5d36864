package org.jlvs.xdp;

import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Crc32c;
import org.jlvs.core.net.Packet;

/**
 * Finishes checksums that a sender left to its device. A host whose device offers that writes the
 * sum of the pseudo header (for SCTP: zero) in the place of the checksum and says the rest beside
 * the packet ({@code CHECKSUM_PARTIAL} of {@code include/linux/skbuff.h}), which is lost on the way
 * through AF_XDP. One that was finished already, and by chance looks as if it were not, comes out
 * as it was. For the engine thread; allocates nothing.
 */
final class UnfinishedChecksums {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;

  private static final int HOP_BY_HOP_OPTIONS = 0;
  private static final int DESTINATION_OPTIONS = 60;

  private static final int IPV4_BYTES = 20;
  private static final int IPV4_FRAGMENT_BITS = 0x3fff;
  private static final int IPV6_BYTES = 40;
  private static final int MAX_EXTENSION_HEADERS = 8;

  private static final int TCP_BYTES = 20;
  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_BYTES = 8;
  private static final int UDP_CHECKSUM = 6;
  private static final int SCTP_BYTES = 12;
  private static final int SCTP_CHECKSUM = 8;

  /* What was read of the packet at hand. */
  private int protocol;
  private int transport;
  private int end;

  /**
   * Finishes the packet's checksum if its sender has not.
   *
   * @param packet an IP packet, perhaps with padding of the link layer behind it
   */
  void finish(Packet packet) {
    if (!readHeader(packet)) {
      return;
    }
    int bytes = end - transport;
    switch (protocol) {
      case TCP -> {
        if (bytes >= TCP_BYTES) {
          finish(packet, transport + TCP_CHECKSUM, 0);
        }
      }
      case UDP -> {
        if (bytes >= UDP_BYTES) {
          finish(packet, transport + UDP_CHECKSUM, 0xffff);
        }
      }
      case SCTP -> {
        if (bytes >= SCTP_BYTES && packet.i32(transport + SCTP_CHECKSUM) == 0) {
          // On the wire its lowest byte comes first.
          int checksum = Crc32c.of(packet, transport, bytes);
          packet.i32(transport + SCTP_CHECKSUM, Integer.reverseBytes(checksum));
        }
      }
      default -> {}
    }
  }

  /** Finds a transport header that is all there, not one of a fragment. */
  private boolean readHeader(Packet packet) {
    int length = packet.length();
    if (length < IPV4_BYTES) {
      return false;
    }
    return switch (packet.u8(0) >>> 4) {
      case 4 -> readIpv4(packet);
      case 6 -> length >= IPV6_BYTES && readIpv6(packet);
      default -> false;
    };
  }

  private boolean readIpv4(Packet packet) {
    protocol = packet.u8(9);
    transport = (packet.u8(0) & 0xf) * 4;
    end = packet.u16(2);
    return end <= packet.length()
        && transport >= IPV4_BYTES
        && (packet.u16(6) & IPV4_FRAGMENT_BITS) == 0;
  }

  private boolean readIpv6(Packet packet) {
    protocol = packet.u8(6);
    transport = IPV6_BYTES;
    end = IPV6_BYTES + packet.u16(4);
    if (end > packet.length()) {
      return false;
    }
    for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
      if (protocol != HOP_BY_HOP_OPTIONS && protocol != DESTINATION_OPTIONS) {
        return true;
      }
      if (transport + 8 > end) {
        return false;
      }
      protocol = packet.u8(transport);
      transport += 8 * (packet.u8(transport + 1) + 1);
    }
    return false;
  }

  /**
   * @param at where the checksum is
   * @param insteadOfZero what is written for 0: UDP takes that for "none" (RFC 768)
   */
  private void finish(Packet packet, int at, int insteadOfZero) {
    int length = end - transport;
    long addresses =
        packet.u8(0) >>> 4 == 4 ? Checksum.sum(packet, 12, 8) : Checksum.sum(packet, 8, 32);
    int pseudo = Checksum.fold(addresses + length + protocol) ^ 0xffff;
    if (packet.u16(at) != pseudo) {
      return;
    }
    // The pseudo header's part is in the sum: it is what the field holds.
    int finished = Checksum.of(packet, transport, length);
    packet.u16(at, finished == 0 ? insteadOfZero : finished);
  }
}
