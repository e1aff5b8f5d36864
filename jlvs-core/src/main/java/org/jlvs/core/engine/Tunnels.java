package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.GRE;
import static org.jlvs.core.engine.Headers.IPIP;
import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;
import static org.jlvs.core.engine.Headers.IPV6_IN_IP;

import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.RealServer;
import org.jspecify.annotations.Nullable;

/**
 * Wraps packets for servers that are reached by a tunnel: IP in IP (RFC 2003, 2473), GRE (RFC 2784)
 * and GUE (draft-ietf-intarea-gue), as ip_vs_tunnel_xmit does. For the engine thread.
 */
final class Tunnels {
  private static final int ECN_BITS = 3;
  private static final int ECN_CAPABLE = 2;
  private static final int UDP_BYTES = 8;
  private static final int GUE_BYTES = 4;
  private static final int GRE_BYTES = 4;
  private static final int CHECKSUM_BYTES = 4;
  private static final int GRE_CHECKSUM_PRESENT = 0x8000;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int EPHEMERAL_PORTS_FROM = 32_768;
  private static final int EPHEMERAL_PORTS = 28_231;
  private static final long PORT_MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final Headers inner = new Headers();
  private final Buffer buffer = new Buffer();
  private int identification;

  /** Bytes that a server's tunnel puts before each packet. */
  int overhead(RealServer server) {
    return ipBytes(server) + encapsulationBytes(server.tunnel());
  }

  private static int ipBytes(RealServer server) {
    return server.key().address().isIpv4() ? IPV4_BYTES : IPV6_BYTES;
  }

  private static int encapsulationBytes(Tunnel tunnel) {
    return switch (tunnel.type()) {
      case IPIP -> 0;
      case GUE -> UDP_BYTES + GUE_BYTES;
      case GRE -> GRE_BYTES + (tunnel.checksum() == Tunnel.Checksum.FULL ? CHECKSUM_BYTES : 0);
    };
  }

  /**
   * Puts the outer headers before a packet, whose time to live has been decremented.
   *
   * @param source where the tunnel begins
   * @param copyDoNotFragment the outer header forbids fragmentation when the inner one does
   * @return the packet, in other memory if it had no room before it; null when it is none
   */
  @Nullable Packet wrap(
      Packet original, RealServer server, Address source, boolean copyDoNotFragment) {
    Address destination = server.key().address();
    if (!inner.read(original, 0)) {
      return null;
    }
    Packet packet = withRoom(original, overhead(server));
    boolean innerIpv4 = inner.isIpv4();
    int dsField = outerDsField(innerIpv4 ? packet.u8(1) : packet.u16(0) >>> 4 & 0xff);
    int timeToLive = packet.u8(innerIpv4 ? 8 : 7);
    boolean doNotFragment =
        copyDoNotFragment && innerIpv4 && (packet.u16(6) & IPV4_DO_NOT_FRAGMENT) != 0;
    int ports = sourcePort();
    int protocol = encapsulate(packet, server.tunnel(), innerIpv4, ports);
    if (destination.isIpv4()) {
      pushIpv4(packet, source, destination, protocol, dsField, timeToLive, doNotFragment);
    } else {
      pushIpv6(packet, source, destination, protocol, dsField, timeToLive);
    }
    if (server.tunnel().type() == Tunnel.Type.GUE
        && server.tunnel().checksum() != Tunnel.Checksum.NONE) {
      writeUdpChecksum(packet, ipBytes(server));
    }
    return packet;
  }

  /** Congestion met on the way is not passed to the tunnel's header (RFC 3168, full function). */
  private static int outerDsField(int dsField) {
    boolean congested = (dsField & ECN_BITS) == ECN_BITS;
    return congested ? dsField & ~ECN_BITS | ECN_CAPABLE : dsField;
  }

  private Packet withRoom(Packet packet, int bytes) {
    if (packet.start() >= bytes) {
      return packet;
    }
    Packet copy = buffer.packet(packet.length(), packet.inInterface());
    buffer.copy(packet, 0, 0, packet.length());
    return copy;
  }

  /** Writes what lies between the IP headers; the outer header's protocol number. */
  private static int encapsulate(Packet packet, Tunnel tunnel, boolean innerIpv4, int sourcePort) {
    int innerProtocol = innerIpv4 ? IPIP : IPV6_IN_IP;
    packet.grow(encapsulationBytes(tunnel));
    return switch (tunnel.type()) {
      case IPIP -> innerProtocol;
      case GUE -> {
        packet.u16(0, sourcePort);
        packet.u16(2, tunnel.port());
        packet.u16(4, packet.length());
        packet.u16(6, 0);
        // Version 0, no control, no optional fields; then the protocol of what follows; no flags.
        packet.u8(UDP_BYTES, 0);
        packet.u8(UDP_BYTES + 1, innerProtocol);
        packet.u16(UDP_BYTES + 2, 0);
        yield Headers.UDP;
      }
      case GRE -> {
        boolean checksum = tunnel.checksum() == Tunnel.Checksum.FULL;
        packet.u16(0, checksum ? GRE_CHECKSUM_PRESENT : 0);
        packet.u16(2, innerIpv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
        if (checksum) {
          packet.i32(4, 0);
          packet.u16(4, Checksum.of(packet, 0, packet.length()));
        }
        yield GRE;
      }
    };
  }

  private void pushIpv4(
      Packet packet,
      Address source,
      Address destination,
      int protocol,
      int dsField,
      int timeToLive,
      boolean doNotFragment) {
    packet.grow(IPV4_BYTES);
    packet.u16(0, 0x4500 | dsField);
    packet.u16(2, packet.length());
    packet.u16(4, doNotFragment ? 0 : ++identification);
    packet.u16(6, doNotFragment ? IPV4_DO_NOT_FRAGMENT : 0);
    packet.u16(8, timeToLive << 8 | protocol);
    packet.i32(12, source.ipv4Bits());
    packet.i32(16, destination.ipv4Bits());
    Egress.seal(packet, IPV4_BYTES);
  }

  private static void pushIpv6(
      Packet packet,
      Address source,
      Address destination,
      int protocol,
      int dsField,
      int timeToLive) {
    packet.grow(IPV6_BYTES);
    packet.i32(0, 6 << 28 | dsField << 20);
    packet.u16(4, packet.length() - IPV6_BYTES);
    packet.u16(6, protocol << 8 | timeToLive);
    packet.i64(8, source.high());
    packet.i64(16, source.low());
    packet.i64(24, destination.high());
    packet.i64(32, destination.low());
  }

  /** A port that stays the same for a flow, so that its packets keep to one way. */
  private int sourcePort() {
    long ports = (long) inner.flow.sourcePort << 16 | inner.flow.destinationPort;
    long hash = (inner.flow.sourceLow ^ inner.flow.sourceHigh ^ ports) * PORT_MULTIPLIER;
    hash = (hash ^ inner.flow.destinationLow ^ inner.flow.destinationHigh) * PORT_MULTIPLIER;
    return EPHEMERAL_PORTS_FROM + (int) ((hash >>> 40) % EPHEMERAL_PORTS);
  }

  private static void writeUdpChecksum(Packet packet, int ipBytes) {
    int checksum = Checksum.ofTransport(packet, ipBytes, Headers.UDP);
    packet.u16(ipBytes + 6, checksum == 0 ? 0xffff : checksum);
  }
}
