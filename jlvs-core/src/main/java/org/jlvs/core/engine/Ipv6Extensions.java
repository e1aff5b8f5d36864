package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV6_BYTES;

import org.jlvs.core.net.Packet;

/** Walks the extension headers of IPv6 packets (RFC 8200 section 4). Threads may share it. */
public final class Ipv6Extensions {
  public static final int HOP_BY_HOP = 0;
  public static final int ROUTING = 43;
  public static final int FRAGMENT = 44;
  public static final int AUTHENTICATION = 51;
  public static final int NO_NEXT_HEADER = 59;
  public static final int DESTINATION_OPTIONS = 60;

  static final int FRAGMENT_BYTES = 8;

  /** As far as a routing header's segments-left field. */
  private static final int ROUTING_START_BYTES = 4;

  static final int FRAGMENT_OFFSET_BITS = 0xfff8;
  static final int FRAGMENT_MORE = 1;

  private static final int NEXT_HEADER = 6;

  private static final int OPTION_PAD_1 = 0;
  private static final int OPTION_PAD_N = 1;
  private static final int OPTION_ROUTER_ALERT = 5;
  private static final int OPTION_IOAM = 49;

  /** The two highest bits of an option that may be skipped by those who do not know it are 0. */
  private static final int OPTION_ACTION_BITS = 0xc0;

  private static final int MOST_PADDING = 7;

  private Ipv6Extensions() {}

  /** Whether a next-header value names an extension header: ipv6_ext_hdr. */
  public static boolean isExtension(int header) {
    return switch (header) {
      case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, NO_NEXT_HEADER, DESTINATION_OPTIONS ->
          true;
      default -> false;
    };
  }

  /**
   * Bytes of the extension header at an offset.
   *
   * @param header what it is; not {@link #NO_NEXT_HEADER}
   */
  public static int bytes(Packet packet, int at, int header) {
    return switch (header) {
      case FRAGMENT -> FRAGMENT_BYTES;
      case AUTHENTICATION -> (packet.u8(at + 1) + 2) * 4;
      default -> (packet.u8(at + 1) + 1) * 8;
    };
  }

  /** Whether the two bytes that begin every extension header are in the packet. */
  public static boolean hasStart(Packet packet, int at) {
    return at + 2 <= packet.length();
  }

  /** Whether as much of an extension header is there as ipv6_find_hdr reads of its kind. */
  static boolean isReadable(Packet packet, int at, int header) {
    int bytes =
        switch (header) {
          case FRAGMENT -> FRAGMENT_BYTES;
          case ROUTING -> ROUTING_START_BYTES;
          default -> 2;
        };
    return at + bytes <= packet.length();
  }

  /**
   * Where a packet's fragment header begins, as find_prev_fhdr looks for it.
   *
   * @return its offset, or -1 when there is none
   */
  static int fragmentHeader(Packet packet) {
    int header = packet.u8(NEXT_HEADER);
    int at = IPV6_BYTES;
    while (header != FRAGMENT) {
      if (!isExtension(header) || header == NO_NEXT_HEADER || !hasStart(packet, at)) {
        return -1;
      }
      int next = packet.u8(at);
      at += bytes(packet, at, header);
      header = next;
    }
    return at + FRAGMENT_BYTES <= packet.length() ? at : -1;
  }

  /**
   * How many of a packet's first bytes every fragment of it has to repeat: ip6_find_1stfragopt.
   *
   * @return the bytes, or -1 when its headers are no whole ones
   */
  static int unfragmentableBytes(Packet packet) {
    int header = packet.u8(NEXT_HEADER);
    int at = IPV6_BYTES;
    boolean routed = false;
    while (header == HOP_BY_HOP || header == ROUTING || header == DESTINATION_OPTIONS) {
      if (header == DESTINATION_OPTIONS && routed) {
        return at;
      }
      routed |= header == ROUTING;
      if (!hasStart(packet, at)) {
        return -1;
      }
      int next = packet.u8(at);
      at += bytes(packet, at, header);
      header = next;
    }
    return at <= packet.length() ? at : -1;
  }

  /**
   * Where the next-header byte lies that names what begins at an offset.
   *
   * @param offset the end of an extension header, or of the IPv6 header
   */
  public static int nextHeaderAt(Packet packet, int offset) {
    int place = NEXT_HEADER;
    int at = IPV6_BYTES;
    while (at < offset) {
      int header = packet.u8(place);
      place = at;
      at += bytes(packet, at, header);
    }
    return place;
  }

  /**
   * Whether a host goes on with a packet after its hop-by-hop options, which it reads before
   * anything else: ip6_parse_tlv. What it does otherwise, drop it or tell its sender, is its own
   * affair.
   */
  static boolean hasSoundHopByHopOptions(Packet packet) {
    if (packet.u8(NEXT_HEADER) != HOP_BY_HOP) {
      return true;
    }
    int at = IPV6_BYTES;
    if (!hasStart(packet, at)) {
      return false;
    }
    int end = at + bytes(packet, at, HOP_BY_HOP);
    if (end > packet.length()) {
      return false;
    }
    at += 2;
    int padding = 0;
    while (at < end) {
      int option = packet.u8(at);
      int length = option == OPTION_PAD_1 ? 1 : at + 1 < end ? packet.u8(at + 1) + 2 : end;
      if (at + length > end) {
        return false;
      }
      if (option == OPTION_PAD_1 || option == OPTION_PAD_N) {
        padding += length;
        if (padding > MOST_PADDING || !isZero(packet, at + 2, at + length)) {
          return false;
        }
      } else {
        padding = 0;
        if (!isKnown(option, length) && (option & OPTION_ACTION_BITS) != 0) {
          return false;
        }
      }
      at += length;
    }
    return true;
  }

  private static boolean isKnown(int option, int length) {
    return option == OPTION_ROUTER_ALERT && length == 4 || option == OPTION_IOAM;
  }

  private static boolean isZero(Packet packet, int from, int to) {
    for (int i = from; i < to; i++) {
      if (packet.u8(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
