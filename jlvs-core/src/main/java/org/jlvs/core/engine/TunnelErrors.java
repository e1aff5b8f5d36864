package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.GRE;
import static org.jlvs.core.engine.Headers.IPIP;
import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.UDP;
import static org.jlvs.core.engine.Headers.UDP_BYTES;
import static org.jlvs.core.engine.IcmpErrors.DESTINATION_UNREACHABLE;
import static org.jlvs.core.engine.IcmpErrors.FRAGMENTATION_NEEDED_CODE;
import static org.jlvs.core.engine.IcmpErrors.ICMP_BYTES;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jspecify.annotations.Nullable;

/**
 * ICMP errors about the director's own tunnel packets: the client that sent what is in the tunnel
 * is told in their place, as ip_vs_in_icmp does. IPv4 only, as there: what is about tunnels of
 * IPv6, or of IPv6 packets, is the host's. For the engine thread.
 */
final class TunnelErrors {
  /** No connection of a tunnel's packet: the error is about something else, or nothing known. */
  static final int NO_TUNNEL = 0;

  static final int NO_CONNECTION = -1;

  private static final int UDP_AND_GUE_BYTES = UDP_BYTES + 4;
  private static final int GUE_VERSION_AND_CONTROL = 0xe0;
  private static final int GUE_OPTION_WORDS = 0x1f;
  private static final int GRE_BYTES = 4;
  private static final int GRE_CHECKSUM_PRESENT = 0x8000;
  private static final int CHECKSUM_BYTES = 4;
  private static final int ETHERTYPE_IPV4 = 0x0800;

  /** Below this, the kernel takes nothing off a reported size. */
  private static final int SMALLEST_MTU = 68;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final IcmpErrors errors;
  private final PathMtus pathMtus;
  private final Host host;
  private final KernelProgram program;
  private final RouteRecheck recheck;
  private final Headers outer = new Headers();
  private final Headers inner = new Headers();
  private final Packet request = new Packet();
  private final ConnectionKey key = new ConnectionKey();

  TunnelErrors(
      ServiceTable services,
      ConnectionTable connections,
      IcmpErrors errors,
      PathMtus pathMtus,
      Host host,
      KernelProgram program,
      RouteRecheck recheck) {
    this.services = services;
    this.connections = connections;
    this.errors = errors;
    this.pathMtus = pathMtus;
    this.host = host;
    this.program = program;
    this.recheck = recheck;
  }

  /**
   * The connection whose tunnel packet an error to one of the host's addresses is about, {@link
   * #NO_TUNNEL} when it is about something else, {@link #NO_CONNECTION} when it is about a tunnel
   * but nothing that the director knows.
   */
  int connection(Packet error, Headers headers) {
    int quoted = headers.transport + ICMP_BYTES;
    if (!headers.isIpv4() || !outer.read(error, quoted) || !outer.isIpv4() || outer.laterFragment) {
      return NO_TUNNEL;
    }
    int wrapping = wrappingBytes(error);
    if (wrapping < 0) {
      return NO_TUNNEL;
    }
    boolean known =
        inner.read(error, outer.transport + wrapping) && inner.isIpv4() && inner.hasConnections();
    if (!known) {
      return NO_CONNECTION;
    }
    inner.takeForWhole(error);
    int slot =
        inner.namesConnection(error) && !inner.laterFragment && inner.mayBeRequest()
            ? connections.find(key.set(inner.flow))
            : 0;
    return slot > 0 ? slot : NO_CONNECTION;
  }

  /** Bytes between the outer IP header and the inner one; -1 when it is no tunnel's packet. */
  private int wrappingBytes(Packet error) {
    int at = outer.transport;
    return switch (outer.flow.protocol) {
      case IPIP -> isTunnel(Tunnel.Type.IPIP, 0) ? 0 : -1;
      case UDP -> gueBytes(error, at);
      case GRE -> greBytes(error, at);
      default -> -1;
    };
  }

  /** Of UDP and GUE headers, as ipvs_udp_decap knows them. */
  private int gueBytes(Packet error, int at) {
    if (error.length() < at + UDP_AND_GUE_BYTES
        || !isTunnel(Tunnel.Type.GUE, outer.flow.destinationPort)) {
      return -1;
    }
    int first = error.u8(at + UDP_BYTES);
    boolean known = (first & GUE_VERSION_AND_CONTROL) == 0 && error.u8(at + UDP_BYTES + 1) == IPIP;
    return known ? UDP_AND_GUE_BYTES + (first & GUE_OPTION_WORDS) * 4 : -1;
  }

  /** Of a GRE header, as ipvs_gre_decap knows them. */
  private int greBytes(Packet error, int at) {
    if (error.length() < at + GRE_BYTES || !isTunnel(Tunnel.Type.GRE, 0)) {
      return -1;
    }
    int flags = error.u16(at);
    if ((flags & ~GRE_CHECKSUM_PRESENT) != 0 || error.u16(at + 2) != ETHERTYPE_IPV4) {
      return -1;
    }
    return flags == 0 ? GRE_BYTES : GRE_BYTES + CHECKSUM_BYTES;
  }

  /**
   * Whether the outer packet went to a server by its tunnel. Where an address has several, the
   * kernel looks at the newest alone.
   */
  private boolean isTunnel(Tunnel.Type type, int port) {
    RealServer server =
        services.tunnelledServer(
            outer.flow.family, outer.flow.destinationHigh, outer.flow.destinationLow, port);
    return server != null && server.tunnel().type() == type;
  }

  /**
   * Tells the client what an error about its packet says, after {@link #connection} has found it.
   *
   * @param server the connection's; null when it has none
   * @return how many bytes count as sent by the server, those of the client's packet that are
   *     quoted; 0 when nothing counts, as the checksum is wrong or nobody has to be told
   */
  int tellClient(
      Packet error, Headers headers, @Nullable RealServer server, long now, Output output) {
    int at = headers.transport;
    if (Checksum.of(error, at, error.length() - at) != 0) {
      return 0;
    }
    int type = error.u8(at);
    int code = error.u8(at + 1);
    int rest = error.i32(at + 4);
    if (type == DESTINATION_UNREACHABLE && code == FRAGMENTATION_NEEDED_CODE) {
      report(rest & 0xffff, now);
      if ((error.u16(inner.network + 6) & IPV4_DO_NOT_FRAGMENT) == 0) {
        return 0;
      }
      int inForce = server == null ? 0 : inForce(server, now);
      int size = inForce != 0 ? inForce : rest & 0xffff;
      rest = size > SMALLEST_MTU + IPV4_BYTES ? size - IPV4_BYTES : size;
    }
    request.wrap(
        error.buffer(),
        error.start() + inner.network,
        error.length() - inner.network,
        error.inInterface());
    inner.read(request, 0);
    // The kernel answers by the route of the error, which was for the host: from the address that
    // the client had asked, and so not at all where that is another's, as behind a transparent
    // proxy.
    boolean own =
        host.route(inner.flow.family, inner.flow.destinationHigh, inner.flow.destinationLow)
            instanceof Host.Route.Local;
    if (own) {
      errors.sendWithoutOptions(request, inner, type, code, rest, now, output);
    }
    return request.length();
  }

  private int inForce(RealServer server, long now) {
    return host.route(server.key().address()) instanceof Host.Route.Via(Hop hop)
        ? pathMtus.inForce(server, hop, now)
        : 0;
  }

  /** Of a packet that the host can have sent: ipv4_update_pmtu looks for its route. */
  private void report(int mtu, long now) {
    boolean ownSource =
        host.route(outer.flow.family, outer.flow.sourceHigh, outer.flow.sourceLow)
            instanceof Host.Route.Local;
    Host.Route route =
        host.route(outer.flow.family, outer.flow.destinationHigh, outer.flow.destinationLow);
    if (ownSource
        && route instanceof Host.Route.Via(Hop hop)
        && pathMtus.report(outer.flow.destination(), hop, mtu, now)) {
      program.forget();
      recheck.begin();
    }
  }
}
