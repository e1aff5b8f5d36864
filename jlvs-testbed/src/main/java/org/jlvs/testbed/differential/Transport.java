package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jlvs.core.net.PacketBuilder;

/** A protocol with ports. */
enum Transport {
  TCP(6, 20),
  UDP(17, 8),
  SCTP(132, 28);

  final int number;

  /** Bytes that are no payload. */
  final int header;

  Transport(int number, int header) {
    this.number = number;
    this.header = header;
  }

  /** Makes a packet one of this protocol; for SCTP, with a chunk of data. */
  PacketBuilder ports(PacketBuilder builder, int source, int target) {
    return switch (this) {
      case TCP -> builder.tcp(source, target);
      case UDP -> builder.udp(source, target);
      case SCTP -> builder.protocol(number).payload(sctp(source, target, 0, 4, true));
    };
  }

  /** An SCTP packet of one chunk (RFC 9260), with its checksum right or wrong. */
  static byte[] sctp(int source, int target, int chunk, int length, boolean right) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + length);
    bytes.putShort((short) source).putShort((short) target).putInt(7).putInt(0);
    bytes.put((byte) chunk).put((byte) 0).putShort((short) (4 + length));
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.array());
    bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(8, (int) checksum.getValue() ^ (right ? 0 : 5));
    return bytes.array();
  }
}
