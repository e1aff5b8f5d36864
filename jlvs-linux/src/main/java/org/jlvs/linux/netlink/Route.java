package org.jlvs.linux.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A route.
 *
 * @param destination the network; the unspecified address for a default route. In an answer about
 *     one destination, that one
 * @param prefixLength of the network
 * @param table 254 main, 255 local, or another
 * @param metric the lowest counts; 0 when none is set
 * @param preferredSource the host's address to send from; null when none is set
 * @param nextHops where packets go: several when they are spread; none when they are refused
 * @param mtu locked into the route; 0 when the device's counts
 */
public record Route(
    InetAddress destination,
    int prefixLength,
    Type type,
    int table,
    int metric,
    @Nullable InetAddress preferredSource,
    List<NextHop> nextHops,
    int mtu) {
  public static final int TABLE_MAIN = 254;
  public static final int TABLE_LOCAL = 255;

  static final int HEADER_BYTES = 12;
  static final int RTA_DST = 1;

  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_PRIORITY = 6;
  private static final int RTA_PREFSRC = 7;
  private static final int RTA_METRICS = 8;
  private static final int RTA_MULTIPATH = 9;
  private static final int RTA_TABLE = 15;
  private static final int RTA_VIA = 18;
  private static final int RTAX_MTU = 2;
  private static final int NEXT_HOP_BYTES = 8;

  public Route {
    nextHops = List.copyOf(nextHops);
  }

  /** What becomes of packets, numbered as RTN_ in rtnetlink.h. */
  public enum Type {
    UNSPECIFIED,
    /** They leave by a next hop. */
    UNICAST,
    /** The destination is the host's own. */
    LOCAL,
    BROADCAST,
    ANYCAST,
    MULTICAST,
    /** Dropped silently. */
    BLACKHOLE,
    /** Refused with an ICMP error. */
    UNREACHABLE,
    /** Refused as administratively prohibited. */
    PROHIBIT,
    OTHER;

    static Type of(int number) {
      return switch (number) {
        case 0 -> UNSPECIFIED;
        case 1 -> UNICAST;
        case 2 -> LOCAL;
        case 3 -> BROADCAST;
        case 4 -> ANYCAST;
        case 5 -> MULTICAST;
        case 6 -> BLACKHOLE;
        case 7 -> UNREACHABLE;
        case 8 -> PROHIBIT;
        default -> OTHER;
      };
    }
  }

  /**
   * A way out.
   *
   * @param gateway the neighbour to send to; null when the destination itself is one
   * @param weight its share among several, 1 or more
   */
  public record NextHop(int interfaceIndex, @Nullable InetAddress gateway, int weight) {}

  static Optional<Route> parse(NetlinkMessage message) {
    if (!message.isAboutIp(HEADER_BYTES)) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(HEADER_BYTES);
    InetAddress destination = attributes.address(RTA_DST);
    if (destination == null) {
      destination = Attributes.addressOf(new byte[message.u8(0) == RouteSocket.AF_INET ? 4 : 16]);
    }
    return destination == null
        ? Optional.empty()
        : Optional.of(
            new Route(
                destination,
                message.u8(1),
                Type.of(message.u8(7)),
                attributes.u32(RTA_TABLE, message.u8(4)),
                attributes.u32(RTA_PRIORITY, 0),
                attributes.address(RTA_PREFSRC),
                nextHops(attributes),
                attributes.nested(RTA_METRICS).u32(RTAX_MTU, 0)));
  }

  private static List<NextHop> nextHops(Attributes attributes) {
    ByteBuffer several = attributes.content(RTA_MULTIPATH, 0);
    if (several != null) {
      return multipath(several);
    }
    return attributes.has(RTA_OIF)
        ? List.of(new NextHop(attributes.u32(RTA_OIF, 0), gateway(attributes), 1))
        : List.of();
  }

  /** A list of struct rtnexthop, each with attributes of its own. */
  private static List<NextHop> multipath(ByteBuffer bytes) {
    List<NextHop> hops = new ArrayList<>();
    ByteBuffer buffer = bytes.slice().order(ByteOrder.nativeOrder());
    int at = 0;
    while (buffer.limit() - at >= NEXT_HOP_BYTES) {
      int length = Short.toUnsignedInt(buffer.getShort(at));
      if (length < NEXT_HOP_BYTES || length > buffer.limit() - at) {
        break;
      }
      Attributes attributes =
          Attributes.parse(buffer.slice(at + NEXT_HOP_BYTES, length - NEXT_HOP_BYTES));
      // The kernel keeps the weight less one.
      int weight = Byte.toUnsignedInt(buffer.get(at + 3)) + 1;
      hops.add(new NextHop(buffer.getInt(at + 4), gateway(attributes), weight));
      at += MessageBuilder.align(length);
    }
    return hops;
  }

  /** RTA_VIA is a gateway of another address family: its family, then its address. */
  private static @Nullable InetAddress gateway(Attributes attributes) {
    InetAddress gateway = attributes.address(RTA_GATEWAY);
    byte[] via = attributes.bytes(RTA_VIA);
    if (gateway != null || via == null || via.length < Short.BYTES) {
      return gateway;
    }
    byte[] address = new byte[via.length - Short.BYTES];
    System.arraycopy(via, Short.BYTES, address, 0, address.length);
    return Attributes.addressOf(address);
  }
}
