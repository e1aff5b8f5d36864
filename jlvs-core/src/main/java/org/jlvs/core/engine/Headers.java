package org.jlvs.core.engine;

import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;

/**
 * What was read from a packet's headers. Mutable, reused for packet after packet. For one thread;
 * for the engine, and for models of a host.
 */
public final class Headers {
  public static final int ICMP = 1;
  static final int IPIP = 4;
  public static final int TCP = 6;
  public static final int UDP = 17;
  static final int IPV6_IN_IP = 41;
  static final int GRE = 47;
  static final int ESP = 50;
  static final int AH = 51;
  public static final int ICMPV6 = 58;
  public static final int SCTP = 132;

  static final int TCP_FIN = 0x01;
  static final int TCP_SYN = 0x02;
  static final int TCP_RST = 0x04;
  static final int TCP_ACK = 0x10;

  static final int IPV4_BYTES = 20;
  static final int IPV6_BYTES = 40;
  static final int TCP_BYTES = 20;
  static final int UDP_BYTES = 8;
  static final int PORTS_BYTES = 4;

  /** {@link #event} of a packet that says nothing about its connection's state. */
  static final int NO_EVENT = -1;

  private static final int IPV4_FRAGMENT_BITS = 0x3fff;
  static final int IPV4_DO_NOT_FRAGMENT = 0x4000;
  static final int IPV4_MORE_FRAGMENTS = 0x2000;
  static final int IPV4_OFFSET_BITS = 0x1fff;

  /** What every path of IPv6 can carry (RFC 8200 section 5). */
  static final int IPV6_MIN_MTU = 1280;

  public final Flow flow = new Flow();

  /** Where the IP header begins, from the packet's start: not 0 inside an ICMP error. */
  int network;

  /** Where the transport header begins. */
  public int transport;

  /** The packet is a fragment other than the first, so it has no ports. */
  boolean laterFragment;

  /** What moves the state of the packet's connection: TCP's flag byte, or an SCTP chunk's type. */
  int event;

  /**
   * Reads the header of the packet that begins at {@code offset} and its ports, as far as they are
   * there.
   *
   * @return false when there is no whole IP header
   */
  public boolean read(Packet packet, int offset) {
    network = offset;
    laterFragment = false;
    flow.sourcePort = 0;
    flow.destinationPort = 0;
    flow.tcpFlags = 0;
    flow.icmp = 0;
    event = NO_EVENT;
    flow.mark = 0;
    flow.inInterface = packet.inInterface();
    flow.length = packet.length() - offset;
    if (packet.length() <= offset) {
      return false;
    }
    boolean whole =
        switch (packet.u8(offset) >>> 4) {
          case 4 -> readIpv4(packet);
          case 6 -> readIpv6(packet);
          default -> false;
        };
    if (whole && hasPorts(packet)) {
      readPorts(packet);
      if (flow.protocol == TCP && packet.length() >= transport + TCP_BYTES) {
        flow.tcpFlags = packet.u8(transport + 13);
      }
      event = eventOf(packet);
    } else if (whole && isIcmp() && packet.length() >= transport + 2) {
      flow.icmp = packet.u16(transport);
    }
    return whole;
  }

  private boolean isIcmp() {
    return !laterFragment && flow.protocol == (isIpv4() ? ICMP : ICMPV6);
  }

  private void readPorts(Packet packet) {
    flow.sourcePort = packet.u16(transport);
    flow.destinationPort = packet.u16(transport + 2);
  }

  /**
   * Of IPv6, tcp_state_transition and sctp_state_transition take the transport header to follow the
   * fixed one, even where extension headers do.
   */
  private int eventOf(Packet packet) {
    int supposed = isIpv4() ? transport : network + IPV6_BYTES;
    return switch (flow.protocol) {
      case TCP -> packet.length() >= supposed + TCP_BYTES ? packet.u8(supposed + 13) : NO_EVENT;
      case SCTP -> SctpPacket.decidingChunk(packet, supposed);
      default -> NO_EVENT;
    };
  }

  /**
   * Takes what stands where a whole packet has its ports for them, though this is a later fragment:
   * so does the kernel with what an IPv4 error quotes, unless it is of AH or ESP.
   */
  void takeForWhole(Packet packet) {
    if (laterFragment && isIpv4() && isTransport()) {
      laterFragment = false;
      if (hasPorts(packet)) {
        readPorts(packet);
      }
    }
  }

  private boolean readIpv4(Packet packet) {
    if (packet.length() < network + IPV4_BYTES) {
      return false;
    }
    int headerBytes = (packet.u8(network) & 0xf) * 4;
    if (headerBytes < IPV4_BYTES) {
      return false;
    }
    transport = network + headerBytes;
    flow.family = Family.IPV4;
    flow.trafficClass = packet.u8(network + 1);
    flow.hopLimit = packet.u8(network + 8);
    flow.protocol = packet.u8(network + 9);
    flow.sourceHigh = 0;
    flow.sourceLow = packet.u32(network + 12);
    flow.destinationHigh = 0;
    flow.destinationLow = packet.u32(network + 16);
    laterFragment = (packet.u16(network + 6) & IPV4_OFFSET_BITS) != 0;
    return true;
  }

  private boolean readIpv6(Packet packet) {
    if (packet.length() < network + IPV6_BYTES) {
      return false;
    }
    flow.family = Family.IPV6;
    flow.trafficClass = packet.u16(network) >>> 4 & 0xff;
    flow.hopLimit = packet.u8(network + 7);
    flow.sourceHigh = packet.i64(network + 8);
    flow.sourceLow = packet.i64(network + 16);
    flow.destinationHigh = packet.i64(network + 24);
    flow.destinationLow = packet.i64(network + 32);
    return skipExtensionHeaders(packet, packet.u8(network + 6), network + IPV6_BYTES);
  }

  /** Finds the transport header as ipv6_find_hdr does, which looks behind AH too. */
  private boolean skipExtensionHeaders(Packet packet, int firstHeader, int firstOffset) {
    int header = firstHeader;
    int at = firstOffset;
    while (Ipv6Extensions.isExtension(header) && header != Ipv6Extensions.NO_NEXT_HEADER) {
      if (!Ipv6Extensions.isReadable(packet, at, header)) {
        return false;
      }
      int next = packet.u8(at);
      if (header == Ipv6Extensions.FRAGMENT) {
        laterFragment = (packet.u16(at + 2) & Ipv6Extensions.FRAGMENT_OFFSET_BITS) != 0;
        boolean isTransport =
            !Ipv6Extensions.isExtension(next) || next == Ipv6Extensions.NO_NEXT_HEADER;
        if (laterFragment && !isTransport) {
          return false;
        }
      }
      at += Ipv6Extensions.bytes(packet, at, header);
      header = next;
      if (laterFragment) {
        break;
      }
    }
    flow.protocol = header;
    transport = at;
    return true;
  }

  public boolean isIpv4() {
    return flow.family == Family.IPV4;
  }

  /**
   * Whether no host can have sent the packet from there: ip_route_input_slow's martians, and what
   * ip6_rcv_core drops.
   */
  boolean hasImpossibleSource() {
    return isImpossibleSource(flow);
  }

  static boolean isImpossibleSource(Flow flow) {
    if (flow.family == Family.IPV4) {
      int source = (int) flow.sourceLow;
      return source == 0 || source >>> 24 == 127 || source >>> 28 == 0xe || source == -1;
    }
    boolean isLoopback = flow.sourceHigh == 0 && flow.sourceLow == 1;
    return isLoopback || flow.sourceHigh >>> 56 == 0xff;
  }

  /** An IPv6 destination whose route has to be the incoming interface's: rt6_need_strict. */
  static boolean isOfOneLink(Flow flow) {
    int begin = (int) (flow.destinationHigh >>> 48);
    return flow.family == Family.IPV6 && ((begin & 0xffc0) == 0xfe80 || begin >>> 8 == 0xff);
  }

  /** Whether the protocol is one whose packets belong to connections. */
  boolean hasConnections() {
    return isTransport() || isIpsec();
  }

  /** Whether the protocol is one that connections are made for, with ports in its first bytes. */
  boolean isTransport() {
    return flow.protocol == TCP || flow.protocol == UDP || flow.protocol == SCTP;
  }

  /** Whether the packet is of AH or ESP, which belong to the connection of their IKE. */
  boolean isIpsec() {
    return flow.protocol == ESP || flow.protocol == AH;
  }

  /** To ip_vs_conn_in_get a client's port of 0 means "not yet known", so no request has it. */
  boolean mayBeRequest() {
    return flow.sourcePort != 0 || isIpsec();
  }

  /** Whether both ports are in the packet. */
  boolean hasPorts(Packet packet) {
    return isTransport() && !laterFragment && packet.length() >= transport + PORTS_BYTES;
  }

  /** Whether the packet can be looked up among connections. */
  boolean namesConnection(Packet packet) {
    return isIpsec() || hasPorts(packet);
  }

  /** Whether the whole transport header, without TCP options, is in the packet. */
  boolean hasTransportHeader(Packet packet) {
    int bytes =
        switch (flow.protocol) {
          case TCP -> TCP_BYTES;
          case UDP -> UDP_BYTES;
          case SCTP -> SctpPacket.HEADER_BYTES;
          default -> 0;
        };
    return packet.length() >= transport + bytes;
  }

  static boolean isIpv4Fragment(Packet packet) {
    return (packet.u16(6) & IPV4_FRAGMENT_BITS) != 0;
  }
}
