package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_BYTES;

import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;

/**
 * TCP segments without data that the director sends to clients in the name of a service. For the
 * engine thread.
 */
final class TcpSegments {
  private static final int TTL = 64;

  private final Host host;
  private final ConnectionSlots slots;
  private final Buffer buffer = new Buffer();

  TcpSegments(Host host, ConnectionSlots slots) {
    this.host = host;
    this.slots = slots;
  }

  /**
   * Sends a segment from a connection's virtual address to its client, if there is a way.
   *
   * @param flags of the TCP header
   */
  void sendToClient(int slot, int flags, int sequence, int acknowledgement, Output output) {
    Host.Route route =
        host.route(slots.family(slot), slots.clientHigh(slot), slots.clientLow(slot));
    switch (route) {
      case Host.Route.Via(Hop hop) ->
          output.transmit(hop, segment(slot, flags, sequence, acknowledgement));
      case Host.Route.Local() -> output.deliver(segment(slot, flags, sequence, acknowledgement));
      case Host.Route.Unreachable() -> {}
    }
  }

  private Packet segment(int slot, int flags, int sequence, int acknowledgement) {
    boolean ipv4 = slots.family(slot) == Family.IPV4;
    int transport = ipv4 ? IPV4_BYTES : IPV6_BYTES;
    Packet segment = buffer.packet(transport + TCP_BYTES, 0);
    if (ipv4) {
      segment.u16(0, 0x4500);
      segment.u16(2, IPV4_BYTES + TCP_BYTES);
      segment.u16(4, 0);
      segment.u16(6, IPV4_DO_NOT_FRAGMENT);
      segment.u16(8, TTL << 8 | TCP);
      segment.i32(12, (int) slots.virtualLow(slot));
      segment.i32(16, (int) slots.clientLow(slot));
      Egress.seal(segment, IPV4_BYTES);
    } else {
      segment.i32(0, 6 << 28);
      segment.u16(4, TCP_BYTES);
      segment.u16(6, TCP << 8 | TTL);
      segment.i64(8, slots.virtualHigh(slot));
      segment.i64(16, slots.virtualLow(slot));
      segment.i64(24, slots.clientHigh(slot));
      segment.i64(32, slots.clientLow(slot));
    }
    segment.u16(transport, slots.virtualPort(slot));
    segment.u16(transport + 2, slots.clientPort(slot));
    segment.i32(transport + 4, sequence);
    segment.i32(transport + 8, acknowledgement);
    segment.u16(transport + 12, TCP_BYTES / 4 << 12 | flags);
    segment.u16(transport + 14, 0);
    segment.i32(transport + 16, 0);
    segment.u16(transport + 16, Checksum.ofTransport(segment, transport, TCP));
    return segment;
  }
}
