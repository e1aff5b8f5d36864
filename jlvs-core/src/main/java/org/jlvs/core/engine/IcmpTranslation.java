package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.ICMPV6;

import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;

/**
 * Translates ICMP errors about masqueraded connections: the outer address, and address and port of
 * the packet they quote. As ip_vs_nat_icmp does, the quoted packet's own transport checksum stays
 * what it was. Threads may share it.
 */
final class IcmpTranslation {
  private IcmpTranslation() {}

  /**
   * Translates an error.
   *
   * @param headers of the error, whose {@code transport} is where ICMP begins
   * @param quoted of the packet that it is about
   * @param fromServer true: source outside, destination inside; false: the other way round
   * @param high the address to put there
   * @param port the port to put there
   */
  static void translate(
      Packet packet,
      Headers headers,
      Headers quoted,
      boolean fromServer,
      long high,
      long low,
      int port) {
    int inner = quoted.network;
    if (headers.isIpv4()) {
      packet.i32(fromServer ? 12 : 16, (int) low);
      Egress.seal(packet, headers.transport);
      packet.i32(inner + (fromServer ? 16 : 12), (int) low);
      packet.u16(inner + 10, 0);
      packet.u16(inner + 10, Checksum.of(packet, inner, quoted.transport - inner));
    } else {
      int outerAt = fromServer ? 8 : 24;
      int innerAt = inner + (fromServer ? 24 : 8);
      packet.i64(outerAt, high);
      packet.i64(outerAt + 8, low);
      packet.i64(innerAt, high);
      packet.i64(innerAt + 8, low);
    }
    if (quoted.isTransport() && packet.length() >= quoted.transport + Headers.PORTS_BYTES) {
      packet.u16(quoted.transport + (fromServer ? 2 : 0), port);
    }
    int checksumAt = headers.transport + 2;
    packet.u16(checksumAt, 0);
    packet.u16(
        checksumAt,
        headers.isIpv4()
            ? Checksum.of(packet, headers.transport, packet.length() - headers.transport)
            : Checksum.ofTransport(packet, headers.transport, ICMPV6));
  }
}
