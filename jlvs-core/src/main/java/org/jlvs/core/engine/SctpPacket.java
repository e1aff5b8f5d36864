package org.jlvs.core.engine;

import org.jlvs.core.net.Crc32c;
import org.jlvs.core.net.Packet;
import org.jlvs.core.protocol.SctpStateMachine;

/**
 * The parts of an SCTP packet (RFC 9260, section 3) that the director reads and writes. Threads may
 * share it.
 */
final class SctpPacket {
  /** The common header: ports, verification tag, checksum. */
  static final int HEADER_BYTES = 12;

  /** Type, flags, length. */
  private static final int CHUNK_HEADER_BYTES = 4;

  private static final int CHECKSUM_AT = 8;

  private SctpPacket() {}

  /** Whether the packet has a chunk, as far as its type and length. */
  static boolean hasChunk(Packet packet, int transport) {
    return packet.length() >= transport + HEADER_BYTES + CHUNK_HEADER_BYTES;
  }

  /** The type of the first chunk, which there must be. */
  static int firstChunk(Packet packet, int transport) {
    return packet.u8(transport + HEADER_BYTES);
  }

  /**
   * The type of the chunk that moves the association's state: the first one, or an ABORT right
   * after a COOKIE ECHO or COOKIE ACK, as set_sctp_state chooses. {@link Headers#NO_EVENT} when
   * there is none.
   */
  static int decidingChunk(Packet packet, int transport) {
    if (!hasChunk(packet, transport)) {
      return Headers.NO_EVENT;
    }
    int first = firstChunk(packet, transport);
    if (first != SctpStateMachine.COOKIE_ECHO && first != SctpStateMachine.COOKIE_ACK) {
      return first;
    }
    int at = transport + HEADER_BYTES;
    int length = packet.u16(at + 2);
    int next = at + (length + 3 & ~3);
    boolean hasNext = length >= CHUNK_HEADER_BYTES && packet.length() >= next + CHUNK_HEADER_BYTES;
    return hasNext && packet.u8(next) == SctpStateMachine.ABORT ? SctpStateMachine.ABORT : first;
  }

  /** Writes the checksum that the packet should have, whatever it had: sctp_nat_csum. */
  static void seal(Packet packet, int transport) {
    packet.i32(transport + CHECKSUM_AT, 0);
    int checksum = Crc32c.of(packet, transport, packet.length() - transport);
    packet.i32(transport + CHECKSUM_AT, Integer.reverseBytes(checksum));
  }
}
