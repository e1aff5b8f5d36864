package org.jlvs.core.engine;

import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.engine.IcmpErrors.ICMP_BYTES;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jlvs.core.protocol.StateTimeouts;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Settings;

/**
 * ICMP errors go where the packets went that they quote: ip_vs_in_icmp, ip_vs_out_icmp and their
 * twins for IPv6. For the engine thread.
 */
final class RelatedErrors {
  private static final int MASQUERADE = ForwardingMethod.MASQUERADE.number();

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final Host host;
  private final Settings settings;
  private final ConnectionLife life;
  private final NewConnections newConnections;
  private final TunnelErrors tunnelErrors;
  private final Forwarder forwarder;
  private final EngineCounters counters;

  private final Headers quoted = new Headers();
  private final ConnectionKey key = new ConnectionKey();

  /** The error in hand, when it came, and where it goes. */
  private Headers headers = new Headers();

  private Reassembled original = Reassembled.WHOLE;
  private long now;
  private Output output;

  RelatedErrors(
      ServiceTable services,
      ConnectionTable connections,
      Host host,
      ConnectionLife life,
      NewConnections newConnections,
      TunnelErrors tunnelErrors,
      Forwarder forwarder,
      EngineCounters counters,
      Output nowhere) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.host = host;
    this.settings = services.settings();
    this.life = life;
    this.newConnections = newConnections;
    this.tunnelErrors = tunnelErrors;
    this.forwarder = forwarder;
    this.counters = counters;
    this.output = nowhere;
  }

  /**
   * Takes an ICMP packet of any type that came in by an interface. It may be changed.
   *
   * @param headers of the packet
   */
  void receive(Packet packet, Headers headers, Reassembled original, long now, Output output) {
    this.headers = headers;
    this.original = original;
    this.now = now;
    this.output = output;
    if (packet.length() < headers.transport + ICMP_BYTES) {
      counters.malformed++;
    } else if (!isRelatedError(packet)) {
      deliver(packet);
    } else {
      receiveError(packet);
    }
  }

  private void receiveError(Packet packet) {
    int tunnelled = isToHost() ? tunnelErrors.connection(packet, headers) : TunnelErrors.NO_TUNNEL;
    if (tunnelled > 0) {
      errorFromTunnel(tunnelled, packet);
      return;
    }
    if (tunnelled == TunnelErrors.NO_CONNECTION) {
      deliver(packet);
      return;
    }
    if (!readQuoted(packet)) {
      deliver(packet);
      return;
    }
    if (!quoted.namesConnection(packet)) {
      errorTooShort(packet);
      return;
    }
    int entry = connections.find(key.setInverse(quoted.flow));
    if (entry == 0) {
      errorWithoutConnection(packet);
    } else if (entry < 0) {
      if (hasRightSum(packet)) {
        errorFromServer(entry & ~ENTRY_REPLY, packet);
      }
    } else if (quoted.flow.destinationPort == 0 && !quoted.isIpsec()) {
      // To ip_vs_conn_in_get, a client's port of 0 is one that is not known yet.
      errorWithoutConnection(packet);
    } else if (!headers.isIpv4() || hasRightSum(packet)) {
      errorFromClient(entry, packet);
    }
  }

  private boolean isToHost() {
    return routeOfPacket() instanceof Host.Route.Local;
  }

  private void errorFromTunnel(int slot, Packet packet) {
    RealServer server = services.numbered(slots.server(slot));
    int counted = tunnelErrors.tellClient(packet, headers, server, now, output);
    if (counted > 0) {
      PacketCounts.out(server, counted);
    }
  }

  private void errorWithoutConnection(Packet packet) {
    if (settings.scheduleIcmp() && quoted.isTransport()) {
      headers.flow.now = now;
      switch (newConnections.scheduleAnswered(headers.flow, quoted, packet, now)) {
        case NOT_OURS -> errorOfOthers(packet);
        // Nobody is told about an error.
        case NO_SERVER, DROP -> {}
        case CONNECTED -> errorBegins(newConnections.slot(), packet);
      }
    } else {
      errorOfOthers(packet);
    }
  }

  /** The connection made for an error waits a moment for packets of its own. */
  private void errorBegins(int slot, Packet packet) {
    if (!headers.isIpv4() || hasRightSum(packet)) {
      errorFromClient(slot, packet);
    }
    if (slot == 0) {
      life.close(slot, now);
    } else {
      connections.touch(slot, StateTimeouts.INITIAL_SECONDS, now);
    }
  }

  private void errorOfOthers(Packet packet) {
    int entry = connections.find(key.set(quoted.flow));
    if (entry > 0 && slots.forwarding(entry) != MASQUERADE) {
      PacketCounts.out(services.numbered(slots.server(entry)), packet.length());
    }
    deliver(packet);
  }

  private boolean isRelatedError(Packet packet) {
    int type = packet.u8(headers.transport);
    if (!headers.isIpv4()) {
      return (type & IcmpErrors.V6_INFORMATIONAL) == 0;
    }
    return type == IcmpErrors.DESTINATION_UNREACHABLE
        || type == IcmpErrors.SOURCE_QUENCH
        || type == IcmpErrors.TIME_EXCEEDED;
  }

  private boolean readQuoted(Packet packet) {
    boolean known =
        quoted.read(packet, headers.transport + ICMP_BYTES)
            && quoted.flow.family == headers.flow.family
            && quoted.hasConnections();
    if (!known) {
      return false;
    }
    // To one of the host's addresses, a later fragment of UDP might be of a tunnel.
    if (quoted.flow.protocol != Headers.UDP || !isToHost()) {
      quoted.takeForWhole(packet);
    }
    return !quoted.laterFragment;
  }

  /** What has no ports can't be scheduled; to the kernel, that is a reason to drop it. */
  private void errorTooShort(Packet packet) {
    if (settings.scheduleIcmp()) {
      counters.malformed++;
    } else {
      deliver(packet);
    }
  }

  /**
   * ip_vs_checksum_complete, which knows no pseudo header: of masqueraded IPv6 servers, the kernel
   * drops every error here.
   */
  private boolean hasRightSum(Packet packet) {
    int at = headers.transport;
    boolean right = Checksum.of(packet, at, packet.length() - at) == 0;
    if (!right) {
      counters.malformed++;
    }
    return right;
  }

  /** An error about what a server sent, on its way to that server. */
  private void errorFromClient(int slot, Packet packet) {
    if (mayBeTaken(packet)) {
      RealServer server = services.numbered(slots.server(slot));
      PacketCounts.in(server, packet.length());
      Host.Route route = forwarder.routeToServer(slot, server);
      forwarder.toServer(slot, server, route, packet, headers, original, quoted, now, output);
    }
  }

  /**
   * Does what IP forwarding does to an error that is not for the host, before IPVS sees it; false
   * when the error has gone where it goes.
   */
  private boolean mayBeTaken(Packet packet) {
    return switch (routeOfPacket()) {
      case Host.Route.Local() -> true;
      case Host.Route.Unreachable() -> {
        deliver(packet);
        yield false;
      }
      case Host.Route.Via(Hop hop) ->
          newConnections.isTakenByMark(headers.flow)
              || forwarder.startPassing(packet, headers, hop, original, now, output);
    };
  }

  private Host.Route routeOfPacket() {
    return host.route(
        headers.flow.family, headers.flow.destinationHigh, headers.flow.destinationLow);
  }

  /** An error about what a client sent to a masqueraded server, on its way to that client. */
  private void errorFromServer(int slot, Packet packet) {
    Host.Route route = routeOfPacket();
    if (route instanceof Host.Route.Unreachable) {
      deliver(packet);
      return;
    }
    if (route instanceof Host.Route.Via(Hop hop)
        && !forwarder.startPassing(packet, headers, hop, original, now, output)) {
      return;
    }
    translate(slot, packet);
    if (route instanceof Host.Route.Via(Hop hop)) {
      forwarder.toClient(packet, hop, original, output);
    } else {
      deliver(packet);
    }
  }

  private void translate(int slot, Packet packet) {
    IcmpTranslation.translate(
        packet,
        headers,
        quoted,
        true,
        slots.virtualHigh(slot),
        slots.virtualLow(slot),
        slots.virtualPort(slot));
    PacketCounts.out(services.numbered(slots.server(slot)), packet.length());
  }

  private void deliver(Packet packet) {
    forwarder.deliver(packet, original, output);
  }

  /**
   * Translates an ICMP packet that the host itself sends, if it is about a server of its own, or
   * counts it for a connection that needs no translation: ip_vs_out_icmp in LOCAL_OUT.
   *
   * @return whether the host may send it
   */
  boolean sent(Packet packet, Headers headers) {
    this.headers = headers;
    if (packet.length() < headers.transport + ICMP_BYTES
        || !isRelatedError(packet)
        || !readQuoted(packet)
        || !quoted.namesConnection(packet)) {
      return true;
    }
    int entry = connections.find(key.setInverse(quoted.flow));
    if (entry >= 0) {
      countSent(quoted, packet.length());
      return true;
    }
    if (!hasRightSum(packet)) {
      return false;
    }
    translate(entry & ~ENTRY_REPLY, packet);
    return true;
  }

  /** Counts an error of the director's own, about a packet of a client. */
  void sent(Packet about, Headers aboutHeaders, int errorBytes) {
    if (aboutHeaders.hasConnections() && aboutHeaders.namesConnection(about)) {
      countSent(aboutHeaders, errorBytes);
    }
  }

  private void countSent(Headers about, int bytes) {
    int entry = connections.find(key.set(about.flow));
    if (entry > 0) {
      countSent(entry, bytes);
    }
  }

  /** Counts an error of the director's own, about a packet of a connection. */
  void countSent(int slot, int bytes) {
    if (slots.forwarding(slot) != MASQUERADE) {
      PacketCounts.out(services.numbered(slots.server(slot)), bytes);
    }
  }
}
