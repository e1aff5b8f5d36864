package org.jlvs.testbed.replay;

import static org.jlvs.core.engine.Headers.ICMP;
import static org.jlvs.core.engine.Headers.ICMPV6;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.UDP;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jlvs.core.engine.Egress;
import org.jlvs.core.engine.Headers;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.IcmpErrors;
import org.jlvs.core.engine.Ipv4Options;
import org.jlvs.core.engine.Ipv6Extensions;
import org.jlvs.core.engine.Ipv6Reassembler;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.engine.Reassembler;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;

/**
 * A model of the director's own IP stack, as far as traces show it: nobody listens, so TCP is reset
 * and everything else answered unreachable; pings are answered; other people's packets are
 * forwarded.
 */
final class HostStack {
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;
  private static final int UDP_BYTES = 8;
  private static final int ICMP_BYTES = 8;
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;
  private static final int ECHO_REQUEST = 8;
  private static final int ECHO_REPLY = 0;
  private static final int V6_ECHO_REQUEST = 128;
  private static final int V6_ECHO_REPLY = 129;
  private static final int V6_PARAMETER_PROBLEM = 4;
  private static final int PROTOCOL_UNREACHABLE_CODE = 2;
  private static final int IGMP = 2;
  private static final int IPIP = 4;
  private static final int IPV6_IN_IPV4 = 41;
  private static final int PIM = 103;
  private static final int UDP_LITE = 136;
  private static final int ECN_BITS = 0x03;
  private static final int FLOW_LABEL = 0xfffff;
  private static final int DO_NOT_FRAGMENT = 0x4000;
  private static final int FRAGMENT_BITS = 0x3fff;
  private static final int TTL = 64;

  private final Topology topology;
  private final PacketEngine engine;
  private final IcmpErrors errors;
  private final Egress egress = new Egress();
  private final Reassembler reassembler = new Reassembler();
  private final Ipv6Reassembler ipv6Reassembler = new Ipv6Reassembler();
  private final Headers headers = new Headers();
  private final Queue<Packet> unwrapped = new ArrayDeque<>();

  private MarkRules marks = MarkRules.NONE;

  HostStack(Topology topology, PacketEngine engine, long now) {
    this.topology = topology;
    this.engine = engine;
    this.errors = new IcmpErrors(topology, now);
  }

  /** From now on packets are marked by other rules. */
  void marks(MarkRules rules) {
    marks = rules;
  }

  /** Takes a packet that the director has left to the host. */
  void receive(Packet packet, long now, Output wire) {
    if (packet.u8(0) >>> 4 == 4) {
      route(packet, false, now, wire);
      return;
    }
    headers.read(packet, 0);
    if (!isSound(Ipv6Input.hopByHop(packet), packet, now, seenByDirector(wire, now))) {
      return;
    }
    switch (ipv6Reassembler.add(packet, now)) {
      case UNTOUCHED -> route(packet, false, now, wire);
      case WHOLE -> route(ipv6Reassembler.whole(), true, now, wire);
      case TAKEN -> {}
    }
  }

  private void route(Packet packet, boolean reassembled, long now, Output wire) {
    Output output = seenByDirector(wire, now);
    boolean readable = headers.read(packet, 0);
    if (headers.isIpv4() && !readable) {
      return;
    }
    Host.Route route =
        topology.route(
            headers.flow.family, headers.flow.destinationHigh, headers.flow.destinationLow);
    if (headers.isIpv4()
        && topology.hasMarkedRoutes(headers.flow.family)
        && topology.takesMarked(headers.flow.family, marks.mark(headers.flow))
        && !(route instanceof Host.Route.Local)) {
      // Nobody listens, and what the stack would say it can't say from another host's address.
      return;
    }
    int mistake = headers.isIpv4() ? Ipv4Options.mistake(packet, headers.transport) : 0;
    if (mistake != 0) {
      errors.send(packet, headers, IcmpErrors.PARAMETER_PROBLEM, 0, mistake << 24, now, output);
      return;
    }
    if (headers.isIpv4() && Ipv4Options.isSourceRouted(packet, headers.transport)) {
      return;
    }
    boolean recorded = headers.isIpv4() && writeOptions(packet, route);
    switch (route) {
      case Host.Route.Local() -> receiveLocal(packet, now, output);
      case Host.Route.Via(Hop hop) ->
          forward(packet, reassembled, recorded, hop, now, output, wire);
      case Host.Route.Unreachable() -> {}
    }
  }

  /** Writes what a packet records of its way; whether that is an address of a route. */
  private boolean writeOptions(Packet packet, Host.Route route) {
    Address own =
        route instanceof Host.Route.Local
            ? headers.flow.destination()
            : topology.sourceAddress(headers.flow.source());
    return Ipv4Options.received(packet, headers.transport, own.ipv4Bits(), topology);
  }

  /** What the host makes itself passes the director on its way out. */
  private Output seenByDirector(Output wire, long now) {
    return new Output() {
      @Override
      public void transmit(Hop hop, Packet packet) {
        if (engine.sent(packet, now)) {
          wire.transmit(hop, packet);
        }
      }

      @Override
      public void deliver(Packet packet) {
        wire.deliver(packet);
      }
    };
  }

  /** As ip_forward does. */
  private void forward(
      Packet packet,
      boolean reassembled,
      boolean routeRecorded,
      Hop hop,
      long now,
      Output output,
      Output wire) {
    int at = headers.isIpv4() ? 8 : 7;
    if (packet.u8(at) <= 1) {
      errors.timeExceeded(packet, headers, now, output);
      return;
    }
    boolean mayCut = headers.isIpv4() && (packet.u16(6) & DO_NOT_FRAGMENT) == 0;
    if (packet.length() > hop.mtu() && !mayCut && !reassembled) {
      errors.tooBig(packet, headers, hop.mtu(), now, output);
      return;
    }
    packet.u8(at, packet.u8(at) - 1);
    if (headers.isIpv4()) {
      Address own = topology.sourceAddress(headers.flow.destination());
      Ipv4Options.forwarded(packet, headers.transport, routeRecorded, own.ipv4Bits());
    }
    if (reassembled) {
      egress.transmit(packet, hop, ipv6Reassembler, wire);
    } else {
      egress.transmit(packet, hop, wire);
    }
  }

  /** False when a packet ends here, and its sender has been told if that is due. */
  private boolean isSound(Ipv6Input.Verdict verdict, Packet packet, long now, Output output) {
    return switch (verdict) {
      case Ipv6Input.Verdict.Deliver() -> true;
      case Ipv6Input.Verdict.Drop() -> false;
      case Ipv6Input.Verdict.Problem(int code, int pointer) -> {
        errors.send(packet, headers, V6_PARAMETER_PROBLEM, code, pointer, now, output);
        yield false;
      }
    };
  }

  private void receiveLocal(Packet packet, long now, Output output) {
    if (!headers.isIpv4()
        && (!isSound(Ipv6Input.local(packet), packet, now, output) || !headers.read(packet, 0))) {
      return;
    }
    if (Topology.isMulticast(headers.flow.destination())) {
      return;
    }
    if (headers.isIpv4() && (packet.u16(6) & FRAGMENT_BITS) != 0) {
      Packet whole = reassembler.add(packet, now);
      if (whole != null && headers.read(whole, 0)) {
        receiveWhole(whole, now, output);
      }
    } else {
      receiveWhole(packet, now, output);
    }
  }

  private void receiveWhole(Packet packet, long now, Output output) {
    switch (headers.flow.protocol) {
      case TCP -> receiveTcp(packet, output);
      case UDP -> receiveUdp(packet, now, output);
      case UDP_LITE -> {}
      default -> {
        if (headers.isIpv4()) {
          receiveOtherIpv4(packet, now, output);
        } else {
          receiveOtherIpv6(packet, now, output);
        }
      }
    }
  }

  private void receiveOtherIpv4(Packet packet, long now, Output output) {
    switch (headers.flow.protocol) {
      case ICMP -> receiveIcmp(packet, output);
      case IGMP, PIM -> {}
      case IPIP -> receiveTunnelled(packet, now, output);
      // The recorder's kernel has the module of such tunnels, but none.
      case IPV6_IN_IPV4 -> errors.portUnreachable(packet, headers, now, output);
      default -> {
        int type = IcmpErrors.DESTINATION_UNREACHABLE;
        errors.send(packet, headers, type, PROTOCOL_UNREACHABLE_CODE, 0, now, output);
      }
    }
  }

  private void receiveOtherIpv6(Packet packet, long now, Output output) {
    if (headers.flow.protocol == ICMPV6) {
      receiveIcmp(packet, output);
    } else {
      int code = Ipv6Input.UNRECOGNIZED_NEXT_HEADER;
      int pointer = Ipv6Extensions.nextHeaderAt(packet, headers.transport);
      errors.send(packet, headers, V6_PARAMETER_PROBLEM, code, pointer, now, output);
    }
  }

  /** The recorder's kernel has the ipip module, whose own device is down at first. */
  private void receiveTunnelled(Packet packet, long now, Output output) {
    if (packet.length() - headers.transport < IPV4_BYTES) {
      return;
    }
    if (!topology.unwrapping()) {
      errors.portUnreachable(packet, headers, now, output);
      return;
    }
    unwrapped.add(Frames.inner(packet, headers.transport, Topology.TUNL0));
  }

  /** The next packet that came out of a tunnel and comes in once more; null when there is none. */
  @Nullable Packet unwrapped() {
    return unwrapped.poll();
  }

  /** 0 when the transport part's checksum is right. */
  private int transportChecksum(Packet packet) {
    return Checksum.ofTransport(packet, headers.transport, headers.flow.protocol);
  }

  private void receiveTcp(Packet packet, Output output) {
    int at = headers.transport;
    int length = packet.length() - at;
    if (length < TCP_BYTES || transportChecksum(packet) != 0) {
      return;
    }
    int dataOffset = (packet.u8(at + 12) >>> 4) * 4;
    int flags = packet.u8(at + 13);
    if (dataOffset < TCP_BYTES || dataOffset > length || (flags & RST) != 0 || !canEcho(packet)) {
      return;
    }
    Packet reset = answer(packet, TCP, TCP_BYTES);
    int to = ipBytes(packet);
    reset.u16(to, packet.u16(at + 2));
    reset.u16(to + 2, packet.u16(at));
    boolean acknowledged = (flags & ACK) != 0;
    int virtualLength = Integer.bitCount(flags & (SYN | FIN)) + length - dataOffset;
    reset.i32(to + 4, acknowledged ? packet.i32(at + 8) : 0);
    reset.i32(to + 8, acknowledged ? 0 : packet.i32(at + 4) + virtualLength);
    reset.u16(to + 12, 5 << 12 | (acknowledged ? RST : RST | ACK));
    reset.u16(to + 14, 0);
    reset.i32(to + 16, 0);
    if (headers.isIpv4()) {
      // The socket that sends resets forbids fragmentation and numbers nothing.
      reset.u16(4, 0);
      reset.u16(6, DO_NOT_FRAGMENT);
    }
    send(reset, 16, output);
  }

  private void receiveUdp(Packet packet, long now, Output output) {
    int at = headers.transport;
    int available = packet.length() - at;
    if (available < UDP_BYTES) {
      return;
    }
    int length = packet.u16(at + 4);
    if (length > available || length < UDP_BYTES) {
      return;
    }
    boolean checked = packet.u16(at + 6) != 0;
    packet.length(at + length);
    boolean wrong = checked ? transportChecksum(packet) != 0 : !headers.isIpv4();
    packet.length(at + available);
    if (!wrong) {
      errors.portUnreachable(packet, headers, now, output);
    }
  }

  private void receiveIcmp(Packet packet, Output output) {
    int at = headers.transport;
    boolean ipv4 = headers.isIpv4();
    boolean ofFamily = headers.flow.protocol == (ipv4 ? ICMP : ICMPV6);
    if (!ofFamily || packet.length() < at + ICMP_BYTES) {
      return;
    }
    boolean right =
        ipv4 ? Checksum.of(packet, at, packet.length() - at) == 0 : transportChecksum(packet) == 0;
    boolean echo = packet.u16(at) == (ipv4 ? ECHO_REQUEST : V6_ECHO_REQUEST) << 8;
    if (!right || !echo || !canEcho(packet)) {
      return;
    }
    int length = packet.length() - at;
    Packet reply = answer(packet, headers.flow.protocol, length);
    int to = ipBytes(packet);
    for (int i = 0; i < length; i++) {
      reply.u8(to + i, packet.u8(at + i));
    }
    reply.u16(to, (ipv4 ? ECHO_REPLY : V6_ECHO_REPLY) << 8);
    send(reply, 2, output);
  }

  /** Whether a packet's options can be gone on with in an answer: else there is none. */
  private boolean canEcho(Packet packet) {
    return !headers.isIpv4() || Ipv4Options.canEcho(packet, headers.transport, topology);
  }

  /** Bytes of the IP header of an answer. */
  private int ipBytes(Packet packet) {
    return headers.isIpv4()
        ? IPV4_BYTES + Ipv4Options.echoedBytes(packet, headers.transport)
        : IPV6_BYTES;
  }

  /** A packet back to where one came from, with an IP header and room for its payload. */
  private Packet answer(Packet packet, int protocol, int payloadBytes) {
    int headerBytes = ipBytes(packet);
    int length = headerBytes + payloadBytes;
    Packet answer = Frames.packet(length);
    if (headers.isIpv4()) {
      answer.u16(0, 0x4000 | headerBytes / 4 << 8 | packet.u8(1) & ~ECN_BITS);
      answer.u16(2, length);
      answer.u16(4, 1);
      answer.u16(6, 0);
      answer.u16(8, TTL << 8 | protocol);
      answer.i32(12, packet.i32(16));
      answer.i32(16, packet.i32(12));
      Ipv4Options.echo(packet, headers.transport, answer, packet.i32(16), topology);
    } else {
      answer.i32(0, packet.i32(0) & ~(ECN_BITS << 20 | FLOW_LABEL));
      answer.u16(4, payloadBytes);
      answer.u16(6, protocol << 8 | TTL);
      answer.i64(8, packet.i64(24));
      answer.i64(16, packet.i64(32));
      answer.i64(24, packet.i64(8));
      answer.i64(32, packet.i64(16));
    }
    return answer;
  }

  /** Writes checksums and sends. */
  private void send(Packet answer, int checksumAt, Output output) {
    headers.read(answer, 0);
    int at = headers.transport + checksumAt;
    answer.u16(at, 0);
    answer.u16(
        at,
        headers.flow.protocol == ICMP
            ? Checksum.of(answer, headers.transport, answer.length() - headers.transport)
            : transportChecksum(answer));
    if (headers.isIpv4()) {
      Egress.seal(answer, headers.transport);
    }
    Host.Route route =
        topology.route(
            headers.flow.family, headers.flow.destinationHigh, headers.flow.destinationLow);
    if (route instanceof Host.Route.Via(Hop hop)) {
      egress.transmit(answer, hop, output);
    }
  }
}
