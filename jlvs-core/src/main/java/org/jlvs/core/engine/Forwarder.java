package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV6_MIN_MTU;
import static org.jlvs.core.engine.Headers.SCTP;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.UDP;

import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Sends packets of connections to their server by its forwarding method, and the server's answers
 * to the client: ip_vs_xmit.c and the translation of ip_vs_proto_*.c. For the engine thread.
 */
final class Forwarder {
  private static final int DIRECT_ROUTE = ForwardingMethod.DIRECT_ROUTE.number();
  private static final int BYPASS = ForwardingMethod.BYPASS.number();
  private static final int MASQUERADE = ForwardingMethod.MASQUERADE.number();
  private static final int TUNNEL = ForwardingMethod.TUNNEL.number();

  private static final int SMALLEST_IPV4_MTU = 68;

  private final Host host;
  private final ConnectionSlots slots;
  private final Settings settings;
  private final IcmpErrors errors;
  private final Egress egress = new Egress();
  private final Tunnels tunnels = new Tunnels();
  private final PathMtus pathMtus;
  private final FtpHelper ftp;
  private final KernelProgram program;

  /** What was written into the options of the packet that began to pass. */
  private boolean routeRecorded;

  Forwarder(
      Host host,
      ConnectionSlots slots,
      Settings settings,
      IcmpErrors errors,
      PathMtus pathMtus,
      FtpHelper ftp,
      KernelProgram program) {
    this.host = host;
    this.slots = slots;
    this.settings = settings;
    this.errors = errors;
    this.pathMtus = pathMtus;
    this.ftp = ftp;
    this.program = program;
  }

  /** The way to a connection's server, or to where its packets are bound if it has none. */
  Host.Route routeToServer(int slot, @Nullable RealServer server) {
    if (slots.forwarding(slot) == BYPASS) {
      return host.route(slots.family(slot), slots.virtualHigh(slot), slots.virtualLow(slot));
    }
    return server != null
        ? host.route(server.key().address())
        : host.route(slots.serverFamily(slot), slots.serverHigh(slot), slots.serverLow(slot));
  }

  /** The way to a connection's client. */
  Host.Route routeToClient(int slot) {
    return host.route(slots.family(slot), slots.clientHigh(slot), slots.clientLow(slot));
  }

  /**
   * Sends a client's packet on; it may be changed.
   *
   * @param quoted of the packet that this one is an error about; null when it is no error
   */
  void toServer(
      int slot,
      @Nullable RealServer server,
      Host.Route route,
      Packet packet,
      Headers headers,
      Reassembled original,
      @Nullable Headers quoted,
      long now,
      Output output) {
    boolean masquerade = slots.forwarding(slot) == MASQUERADE;
    switch (route) {
      case Host.Route.Unreachable() -> {
        takeOptions(packet, headers);
        if (mayTell(headers)) {
          errors.hostUnreachable(packet, headers, now, output);
        }
      }
      case Host.Route.Local() -> {
        if (slots.forwarding(slot) == BYPASS) {
          return; // IP_VS_RT_MODE_NON_LOCAL: what is bound for the host can't go on.
        }
        if (!masquerade) {
          egress.deliver(packet, original, output);
        } else if (!isLoopback(slot) && translateToServer(slot, packet, headers, quoted, now)) {
          egress.deliver(packet, original, output);
        }
      }
      case Host.Route.Via(Hop hop) -> {
        if (isFromLoopback(headers)) {
          return;
        }
        takeOptions(packet, headers);
        if (!decrementTimeToLive(packet, headers, mayTell(headers), now, output)) {
          return;
        }
        if (slots.forwarding(slot) == TUNNEL) {
          tunnel(server, hop, packet, headers, original, quoted, now, output);
          return;
        }
        Hop way = server == null ? hop : wayOf(server, masquerade, hop, now);
        if (isTooBig(packet, headers, way.mtu(), original, quoted != null)) {
          if (mayTell(headers)) {
            errors.tooBig(packet, headers, way.mtu(), now, output);
          }
          return;
        }
        sealOptions(packet, headers);
        if (!masquerade || translateToServer(slot, packet, headers, quoted, now)) {
          egress.transmit(packet, way, sizes(slot, original), output);
        }
      }
    }
  }

  /** A hop with the MTU of the whole way to a server. */
  private Hop wayOf(RealServer server, boolean masquerade, Hop hop, long now) {
    if (masquerade) {
      return hop.limitedTo(pathMtus.toServer(server, hop, now));
    }
    pathMtus.direct(server);
    return hop;
  }

  /** Writes into the IPv4 options of a packet for the host's address what a host writes. */
  void takeOptions(Packet packet, Headers headers) {
    if (headers.isIpv4() && headers.transport > IPV4_BYTES) {
      Ipv4Options.received(packet, headers.transport, (int) headers.flow.destinationLow, host);
    }
  }

  /** To be called once no error can be sent about the packet any more. */
  private static void sealOptions(Packet packet, Headers headers) {
    if (headers.isIpv4() && headers.transport > IPV4_BYTES) {
      Egress.seal(packet, headers.transport);
    }
  }

  private void tunnel(
      @Nullable RealServer server,
      Hop hop,
      Packet packet,
      Headers headers,
      Reassembled original,
      @Nullable Headers quoted,
      long now,
      Output output) {
    Address source = server == null ? null : host.sourceAddress(server.key().address());
    if (server == null || source == null) {
      return;
    }
    int outerMtu = pathMtus.toServer(server, hop, now);
    boolean outerIpv4 = server.key().address().isIpv4();
    int overhead = tunnels.overhead(server);
    int mtu = outerMtu - overhead;
    if (mtu < (outerIpv4 ? SMALLEST_IPV4_MTU : IPV6_MIN_MTU)) {
      return;
    }
    if (KernelProgram.canWrap(server)) {
      program.wraps(server, source, outerMtu, settings.pathMtuDiscovery());
    }
    boolean mayFragment = headers.isIpv4() && !settings.pathMtuDiscovery();
    if (!mayFragment && isTooBig(packet, headers, mtu, original, quoted != null)) {
      if (mayTell(headers)) {
        errors.tooBig(packet, headers, mtu, now, output);
      }
      return;
    }
    sealOptions(packet, headers);
    Packet wrapped = tunnels.wrap(packet, server, source, settings.pathMtuDiscovery());
    if (wrapped != null) {
      Reassembled pieces = original.wrapped(overhead, headers.isIpv4(), outerIpv4);
      egress.transmit(wrapped, hop.limitedTo(outerMtu), pieces, output);
    }
  }

  /**
   * Whether a packet must not go to a hop as it is, so that its sender is told:
   * ensure_mtu_is_adequate.
   */
  private static boolean isTooBig(
      Packet packet, Headers headers, int mtu, Reassembled original, boolean isIcmp) {
    if (!headers.isIpv4()) {
      return unitBytes(packet, original) > mtu;
    }
    return packet.length() > mtu && (packet.u16(6) & IPV4_DO_NOT_FRAGMENT) != 0 && !isIcmp;
  }

  /** Bytes of an IPv6 packet, or of the largest of the fragments that it will be cut into again. */
  private static int unitBytes(Packet packet, Reassembled original) {
    return original.isWhole() ? packet.length() : original.largestPacket();
  }

  private boolean isLoopback(int slot) {
    return slots.serverFamily(slot) == Family.IPV4
        ? slots.serverLow(slot) >>> 24 == 127
        : slots.serverHigh(slot) == 0 && slots.serverLow(slot) == 1;
  }

  private static boolean isFromLoopback(Headers headers) {
    return headers.isIpv4()
        ? headers.flow.sourceLow >>> 24 == 127
        : headers.flow.sourceHigh == 0 && headers.flow.sourceLow == 1;
  }

  /**
   * Whether the sender of a packet for the host hears of its end. An IPv4 error comes from the
   * address that the packet was sent to, and another host's can't be sent from: icmp_send finds no
   * route. Nobody is told about broadcasts.
   */
  boolean mayTell(Headers headers) {
    return mayTell(headers.flow);
  }

  /** As {@link #mayTell(Headers)}. */
  boolean mayTell(Flow flow) {
    return flow.family == Family.IPV6
        || host.route(flow.family, flow.destinationHigh, flow.destinationLow)
                instanceof Host.Route.Local
            && !host.isBroadcast(flow.destination());
  }

  /**
   * Takes one off the time to live, or tells the sender that none is left.
   *
   * @param tells whether there is somebody to tell
   */
  private boolean decrementTimeToLive(
      Packet packet, Headers headers, boolean tells, long now, Output output) {
    int at = headers.isIpv4() ? 8 : 7;
    int left = packet.u8(at);
    if (left <= 1) {
      if (tells) {
        errors.timeExceeded(packet, headers, now, output);
      }
      return false;
    }
    packet.u8(at, left - 1);
    if (headers.isIpv4()) {
      packet.u16(10, Checksum.update(packet.u16(10), 0x100, 0));
    }
    return true;
  }

  /**
   * Does to a packet that passes the host what ip_forward does before its hook: looks at time to
   * live and size, and takes one off the former.
   *
   * @return false when the packet ends here and its sender has been told
   */
  boolean startPassing(
      Packet packet, Headers headers, Hop hop, Reassembled original, long now, Output output) {
    routeRecorded = false;
    if (headers.isIpv4() && headers.transport > IPV4_BYTES) {
      Address facing = host.sourceAddress(headers.flow.source());
      int address = facing == null ? 0 : facing.ipv4Bits();
      routeRecorded = Ipv4Options.received(packet, headers.transport, address, host);
    }
    boolean dies = packet.u8(headers.isIpv4() ? 8 : 7) <= 1;
    if (!dies && exceedsMtu(packet, headers, hop.mtu(), original)) {
      errors.tooBig(packet, headers, hop.mtu(), now, output);
      return false;
    }
    return decrementTimeToLive(packet, headers, true, now, output);
  }

  /**
   * Sends a server's packet on to the client, as IP forwarding does: {@link #startPassing} has seen
   * to the time to live and the size before it was translated.
   */
  void toClient(Packet packet, Hop hop, Reassembled original, Output output) {
    int headerBytes = (packet.u8(0) & 0xf) * 4;
    if (packet.u8(0) >>> 4 == 4 && headerBytes > IPV4_BYTES) {
      Ipv4Options.forwarded(packet, headerBytes, routeRecorded, leavingAddress(packet));
    }
    egress.transmit(packet, hop, original, output);
  }

  /**
   * What ip_rt_get_source says of a translated packet: its source once it is routed anew by that
   * (snat_reroute), else the host's address towards the client.
   */
  private int leavingAddress(Packet packet) {
    Address own = settings.snatReroute() ? null : host.sourceAddress(Address.ipv4(packet.i32(16)));
    return own == null ? packet.i32(12) : own.ipv4Bits();
  }

  /** Gives a packet to the host, as it came. */
  void deliver(Packet packet, Reassembled original, Output output) {
    egress.deliver(packet, original, output);
  }

  /** Whether the host will forward a packet that only passes: ip_forward's checks. */
  boolean mayPass(Packet packet, Headers headers, Reassembled original) {
    return switch (host.route(
        headers.flow.family, headers.flow.destinationHigh, headers.flow.destinationLow)) {
      case Host.Route.Via(Hop hop) ->
          packet.u8(headers.isIpv4() ? 8 : 7) > 1
              && !exceedsMtu(packet, headers, hop.mtu(), original);
      case Host.Route.Local() -> true;
      case Host.Route.Unreachable() -> false;
    };
  }

  /** How a packet of a connection is to be cut: a helper that read it has put it into one piece. */
  Reassembled sizes(int slot, Reassembled original) {
    return ftp.helps(slot) && ftp.isEstablished(slot) ? original.inOnePiece() : original;
  }

  /** Whether IP forwarding refuses a packet for its size: ip_exceeds_mtu and ip6_pkt_too_big. */
  private static boolean exceedsMtu(Packet packet, Headers headers, int mtu, Reassembled original) {
    boolean mayBeCut = headers.isIpv4() && (packet.u16(6) & IPV4_DO_NOT_FRAGMENT) == 0;
    return packet.length() > mtu && !mayBeCut && unitBytes(packet, original) > mtu;
  }

  /** Puts the server's address and port where the service's are; false when it can't be done. */
  private boolean translateToServer(
      int slot, Packet packet, Headers headers, @Nullable Headers quoted, long now) {
    if (quoted != null) {
      IcmpTranslation.translate(
          packet,
          headers,
          quoted,
          false,
          slots.serverHigh(slot),
          slots.serverLow(slot),
          slots.serverPort(slot));
      return true;
    }
    if (ftp.helps(slot)
        && (!headers.hasTransportHeader(packet) || !ftp.request(slot, packet, headers, now))) {
      return false;
    }
    return translate(
        packet,
        headers,
        false,
        slots.serverHigh(slot),
        slots.serverLow(slot),
        slots.serverPort(slot));
  }

  /** Puts the service's address and port where the server's are; false when it can't be done. */
  boolean translateToClient(int slot, Packet packet, Headers headers, long now) {
    if (ftp.helps(slot)
        && (!headers.hasTransportHeader(packet) || !ftp.answer(slot, packet, headers, now))) {
      return false;
    }
    return translate(
        packet,
        headers,
        true,
        slots.virtualHigh(slot),
        slots.virtualLow(slot),
        slots.virtualPort(slot));
  }

  private static boolean translate(
      Packet packet, Headers headers, boolean source, long high, long low, int port) {
    if (!headers.hasTransportHeader(packet)) {
      return false;
    }
    boolean ipv4 = headers.isIpv4();
    int addressAt = ipv4 ? (source ? 12 : 16) : source ? 8 : 24;
    int addressBytes = ipv4 ? 4 : 16;
    long removed = Checksum.sum(packet, addressAt, addressBytes);
    if (ipv4) {
      packet.i32(addressAt, (int) low);
    } else {
      packet.i64(addressAt, high);
      packet.i64(addressAt + 8, low);
    }
    long added = Checksum.sum(packet, addressAt, addressBytes);
    translatePort(packet, headers, source, port, removed, added);
    if (ipv4) {
      Egress.seal(packet, headers.transport);
    }
    return true;
  }

  private static void translatePort(
      Packet packet, Headers headers, boolean source, int port, long removed, long added) {
    int portAt = headers.transport + (source ? 0 : 2);
    switch (headers.flow.protocol) {
      case TCP, UDP -> {
        int before = packet.u16(portAt);
        packet.u16(portAt, port);
        updateTransportChecksum(packet, headers, removed + before, added + port);
      }
      case SCTP -> {
        // Its checksum covers no addresses. With another port it is made right, even if it was not.
        if (packet.u16(portAt) != port) {
          packet.u16(portAt, port);
          SctpPacket.seal(packet, headers.transport);
        }
      }
      default -> {}
    }
  }

  private static void updateTransportChecksum(
      Packet packet, Headers headers, long removed, long added) {
    boolean udp = headers.flow.protocol == UDP;
    int at = headers.transport + (udp ? 6 : 16);
    int checksum = packet.u16(at);
    // The kernel writes a checksum where the sender left it out: udp_dnat_handler.
    int updated =
        udp && checksum == 0
            ? Checksum.ofTransport(packet, headers.transport, UDP)
            : Checksum.update(checksum, removed, added);
    packet.u16(at, udp && updated == 0 ? 0xffff : updated);
  }

  /** The hop number that the kernel program may use, 0 when it has to ask. */
  static int hopNumber(Host.Route route) {
    return route instanceof Host.Route.Via via ? via.hop().number() : 0;
  }

  /**
   * The same for the way to a connection's server, which may be the host itself: then the program
   * passes its packets to the host, except to the loopback addresses, which no other host's packet
   * may be for.
   */
  int hopToServer(int slot, Host.Route route) {
    boolean passes =
        route instanceof Host.Route.Local
            && (slots.forwarding(slot) != MASQUERADE || !isLoopback(slot));
    if (passes) {
      return ConnectionLayout.HOP_LOCAL;
    }
    return hasReportedMtu(slot) ? 0 : hopNumber(route);
  }

  /** The program knows the MTUs of tunnels, but of other ways only that of the first hop. */
  private boolean hasReportedMtu(int slot) {
    return slots.forwarding(slot) == MASQUERADE
        && pathMtus.isReported(
            slots.serverFamily(slot), slots.serverHigh(slot), slots.serverLow(slot));
  }

  /** Whether the program can do what a connection's forwarding method wants. */
  boolean isSimple(int slot, @Nullable RealServer server) {
    int method = slots.forwarding(slot);
    int protocol = slots.protocol(slot);
    boolean simple =
        method == TUNNEL
            ? server != null && KernelProgram.canWrap(server)
            : slots.family(slot) == slots.serverFamily(slot)
                && (method == DIRECT_ROUTE || method == MASQUERADE);
    return simple && (protocol == TCP || protocol == UDP) && slots.clientPort(slot) != 0;
  }
}
