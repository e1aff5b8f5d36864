package org.jlvs.testbed.replay;

import static org.jlvs.core.engine.Ipv6Extensions.AUTHENTICATION;
import static org.jlvs.core.engine.Ipv6Extensions.DESTINATION_OPTIONS;
import static org.jlvs.core.engine.Ipv6Extensions.FRAGMENT;
import static org.jlvs.core.engine.Ipv6Extensions.HOP_BY_HOP;
import static org.jlvs.core.engine.Ipv6Extensions.NO_NEXT_HEADER;
import static org.jlvs.core.engine.Ipv6Extensions.ROUTING;

import org.jlvs.core.engine.Ipv6Extensions;
import org.jlvs.core.net.Packet;

/**
 * A model of what a host makes of the extension headers of an IPv6 packet for itself, as far as
 * traces show it: goes on to the transport header, drops the packet, or tells its sender about a
 * field (ip6_protocol_deliver_rcu and the handlers of net/ipv6/exthdrs.c).
 */
final class Ipv6Input {
  static final int ERRONEOUS_FIELD = 0;
  static final int UNRECOGNIZED_NEXT_HEADER = 1;
  static final int UNRECOGNIZED_OPTION = 2;
  static final int INCOMPLETE_FIRST_FRAGMENT = 3;

  private static final int IPV6_BYTES = 40;
  private static final int PAYLOAD_LENGTH_AT = 4;
  private static final int SEGMENTS_LEFT = 3;
  private static final int ROUTER_ALERT = 5;
  private static final int JUMBO = 194;
  private static final int MOST_PADDING = 7;

  /** What comes of a packet. */
  sealed interface Verdict {
    /** The transport header comes next. */
    record Deliver() implements Verdict {}

    record Drop() implements Verdict {}

    /** The sender is told, by a parameter problem. */
    record Problem(int code, int pointer) implements Verdict {}
  }

  private static final Verdict DELIVER = new Verdict.Deliver();
  private static final Verdict DROP = new Verdict.Drop();

  private Ipv6Input() {}

  /** What happens before routing: hop-by-hop options are read by every host on the way. */
  static Verdict hopByHop(Packet packet) {
    if (packet.u8(6) != HOP_BY_HOP) {
      return DELIVER;
    }
    return options(packet, IPV6_BYTES, true);
  }

  static Verdict local(Packet packet) {
    int place = 6;
    int at = IPV6_BYTES;
    while (true) {
      int header = packet.u8(place);
      if (header == NO_NEXT_HEADER) {
        return DROP;
      }
      boolean known =
          header == ROUTING
              || header == FRAGMENT
              || header == DESTINATION_OPTIONS
              || header == HOP_BY_HOP && place == 6;
      if (header == AUTHENTICATION || header == HOP_BY_HOP && !known) {
        return new Verdict.Problem(UNRECOGNIZED_NEXT_HEADER, place);
      }
      if (!known) {
        return DELIVER;
      }
      if (packet.length() < at + 8
          || packet.length() < at + Ipv6Extensions.bytes(packet, at, header)) {
        return DROP;
      }
      if (header == FRAGMENT) {
        return fragment(packet, at);
      }
      if (header == ROUTING && packet.u8(at + SEGMENTS_LEFT) != 0) {
        return new Verdict.Problem(ERRONEOUS_FIELD, at + 2);
      }
      if (header == DESTINATION_OPTIONS) {
        Verdict verdict = options(packet, at, false);
        if (!verdict.equals(DELIVER)) {
          return verdict;
        }
      }
      place = at;
      at += Ipv6Extensions.bytes(packet, at, header);
    }
  }

  /** A fragment that was not put together is one that can't be. */
  private static Verdict fragment(Packet packet, int at) {
    boolean first = (packet.u16(at + 2) & 0xfff8) == 0;
    boolean more = (packet.u16(at + 2) & 1) != 0;
    if (more && (packet.length() - at & 7) != 0) {
      return new Verdict.Problem(ERRONEOUS_FIELD, PAYLOAD_LENGTH_AT);
    }
    return first ? new Verdict.Problem(INCOMPLETE_FIRST_FRAGMENT, 0) : DROP;
  }

  private static Verdict options(Packet packet, int header, boolean hopByHop) {
    int end = header + Ipv6Extensions.bytes(packet, header, DESTINATION_OPTIONS);
    if (end > packet.length()) {
      return DROP;
    }
    int padding = 0;
    int at = header + 2;
    while (at < end) {
      int option = packet.u8(at);
      int length = option == 0 ? 1 : at + 1 < end ? packet.u8(at + 1) + 2 : end;
      if (at + length > end) {
        return DROP;
      }
      if (option <= 1) {
        padding += length;
        if (padding > MOST_PADDING) {
          return DROP;
        }
      } else {
        padding = 0;
        if (hopByHop && option == JUMBO) {
          return new Verdict.Problem(
              ERRONEOUS_FIELD, packet.u16(PAYLOAD_LENGTH_AT) == 0 ? at + 2 : at);
        }
        boolean known = hopByHop && option == ROUTER_ALERT;
        switch (known ? 0 : option >>> 6) {
          case 0 -> {}
          case 1 -> {
            return DROP;
          }
          default -> {
            return new Verdict.Problem(UNRECOGNIZED_OPTION, at);
          }
        }
      }
      at += length;
    }
    return DELIVER;
  }
}
