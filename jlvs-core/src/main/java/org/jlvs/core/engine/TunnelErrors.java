package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.GRE;
import static org.jlvs.core.engine.Headers.IPIP;
import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.UDP;
import static org.jlvs.core.engine.IcmpErrors.DESTINATION_UNREACHABLE;
import static org.jlvs.core.engine.IcmpErrors.FRAGMENTATION_NEEDED_CODE;
import static org.jlvs.core.engine.IcmpErrors.ICMP_BYTES;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;

/**
 * ICMP errors about the director's own tunnel packets: the client that sent what is in the tunnel
 * is told in their place, as ip_vs_in_icmp does. IPv4 only, as there. For the engine thread.
 */
final class TunnelErrors {
  private static final int UDP_AND_GUE_BYTES = 12;
  private static final int GRE_BYTES = 4;
  private static final int GRE_CHECKSUM_PRESENT = 0x8000;
  private static final int CHECKSUM_BYTES = 4;

  /** Below this, the kernel takes nothing off a reported size. */
  private static final int SMALLEST_MTU = 68;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final IcmpErrors errors;
  private final PathMtus pathMtus;
  private final Host host;
  private final KernelProgram program;
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
      KernelProgram program) {
    this.services = services;
    this.connections = connections;
    this.errors = errors;
    this.pathMtus = pathMtus;
    this.host = host;
    this.program = program;
  }

  /**
   * The connection whose tunnel packet an error to one of the host's addresses is about; 0 when it
   * is about something else.
   */
  int connection(Packet error, Headers headers) {
    int quoted = headers.transport + ICMP_BYTES;
    if (!headers.isIpv4() || !outer.read(error, quoted) || !outer.isIpv4() || outer.laterFragment) {
      return 0;
    }
    int wrapping = wrappingBytes(error);
    if (wrapping < 0 || !inner.read(error, outer.transport + wrapping) || !inner.isIpv4()) {
      return 0;
    }
    if (!inner.namesConnection(error)) {
      return 0;
    }
    int slot = connections.find(key.set(inner.flow));
    return slot > 0 && isTunnelOf(slot, error) ? slot : 0;
  }

  /** Bytes between the outer IP header and the inner one; -1 when it is no tunnel's packet. */
  private int wrappingBytes(Packet error) {
    int at = outer.transport;
    return switch (outer.flow.protocol) {
      case IPIP -> 0;
      case UDP -> UDP_AND_GUE_BYTES;
      case GRE -> {
        if (error.length() < at + GRE_BYTES) {
          yield -1;
        }
        boolean checksum = (error.u16(at) & GRE_CHECKSUM_PRESENT) != 0;
        yield checksum ? GRE_BYTES + CHECKSUM_BYTES : GRE_BYTES;
      }
      default -> -1;
    };
  }

  /** Whether the outer packet went to some server by its tunnel: ip_vs_find_tunnel. */
  private boolean isTunnelOf(int slot, Packet error) {
    RealServer own = services.numbered(connections.slots().server(slot));
    if (own != null && isTunnelTo(own, error)) {
      return true;
    }
    for (VirtualService service : services.listed()) {
      for (RealServer server : service.servers()) {
        if (isTunnelTo(server, error)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isTunnelTo(RealServer server, Packet error) {
    if (server.forwarding() != ForwardingMethod.TUNNEL
        || !server.key().address().isIpv4()
        || server.key().address().low() != outer.flow.destinationLow) {
      return false;
    }
    Tunnel tunnel = server.tunnel();
    return switch (outer.flow.protocol) {
      case IPIP -> tunnel.type() == Tunnel.Type.IPIP;
      case GRE -> tunnel.type() == Tunnel.Type.GRE;
      default ->
          tunnel.type() == Tunnel.Type.GUE
              && outer.hasTransportHeader(error)
              && outer.flow.destinationPort == tunnel.port();
    };
  }

  /**
   * Tells the client what an error about its packet says, after {@link #connection} has found it.
   *
   * @return how many bytes count as sent by the server, those of the client's packet that are
   *     quoted; 0 when nothing counts, as the checksum is wrong or nobody has to be told
   */
  int tellClient(Packet error, Headers headers, RealServer server, long now, Output output) {
    int at = headers.transport;
    if (Checksum.of(error, at, error.length() - at) != 0) {
      return 0;
    }
    int type = error.u8(at);
    int code = error.u8(at + 1);
    int rest = error.i32(at + 4);
    if (type == DESTINATION_UNREACHABLE && code == FRAGMENTATION_NEEDED_CODE) {
      pathMtus.report(server, rest & 0xffff, now);
      program.forget();
      if ((error.u16(inner.network + 6) & IPV4_DO_NOT_FRAGMENT) == 0) {
        return 0;
      }
      int inForce = pathMtus.inForce(server);
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
      errors.send(request, inner, type, code, rest, now, output);
    }
    return request.length();
  }
}
