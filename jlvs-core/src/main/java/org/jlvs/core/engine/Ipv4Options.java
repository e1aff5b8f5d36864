package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;

import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;

/**
 * The options of an IPv4 header (RFC 791): whether a host takes them, and what it writes into them
 * on a packet's way and into an answer to it. ip_options_compile, ip_forward_options,
 * ip_options_echo. Threads may share it.
 */
public final class Ipv4Options {
  static final int END = 0;
  static final int NO_OPERATION = 1;
  private static final int RECORD_ROUTE = 7;
  private static final int TIMESTAMP = 68;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int COMMERCIAL_SECURITY = 134;
  private static final int STRICT_SOURCE_ROUTE = 137;
  private static final int ROUTER_ALERT = 148;

  /** Where an option's length is, a pointer into its data, and a timestamp's flags. */
  private static final int LENGTH = 1;

  private static final int POINTER = 2;
  private static final int FLAGS = 3;

  private static final int ADDRESS_BYTES = 4;
  private static final int SMALLEST_ROUTE_POINTER = 4;
  private static final int SMALLEST_TIME_POINTER = 5;

  private static final int TIMES_ONLY = 0;
  private static final int TIMES_AND_ADDRESSES = 1;
  private static final int TIMES_OF_GIVEN_ADDRESSES = 3;
  private static final int MOST_OVERFLOWS = 15;

  private Ipv4Options() {}

  /** Whether the sender chose the way: hosts drop such packets unless told otherwise. */
  public static boolean isSourceRouted(Packet packet, int headerBytes) {
    for (int at = IPV4_BYTES; at < headerBytes; ) {
      int option = packet.u8(at);
      if (option == END) {
        return false;
      }
      if (option == LOOSE_SOURCE_ROUTE || option == STRICT_SOURCE_ROUTE) {
        return true;
      }
      int length = length(packet, at, headerBytes);
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return false;
  }

  /** Bytes of the option at an offset, 0 when it is malformed. */
  static int length(Packet packet, int at, int headerBytes) {
    if (packet.u8(at) == NO_OPERATION) {
      return 1;
    }
    int length = at + LENGTH < headerBytes ? packet.u8(at + LENGTH) : 0;
    return length >= 2 && at + length <= headerBytes ? length : 0;
  }

  /**
   * Where the first mistake in the options is, as an offset in the header; 0 when there is none.
   * The host tells the sender. One of commercial security is a mistake to a host that has no
   * domains of interpretation, so it is always left to the host.
   */
  public static int mistake(Packet packet, int headerBytes) {
    boolean routeSeen = false;
    boolean sourceRouteSeen = false;
    boolean timeSeen = false;
    for (int at = IPV4_BYTES; at < headerBytes; ) {
      int option = packet.u8(at);
      if (option == END) {
        return 0;
      }
      int length = length(packet, at, headerBytes);
      if (length == 0) {
        return at;
      }
      int mistake = 0;
      switch (option) {
        case RECORD_ROUTE -> {
          mistake = routeSeen ? at : mistakeInRoute(packet, at, length);
          routeSeen = true;
        }
        case TIMESTAMP -> {
          mistake = timeSeen ? at : mistakeInTimestamp(packet, at, length);
          timeSeen = true;
        }
        case LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE -> {
          mistake = mistakeInSourceRoute(packet, at, length);
          if (mistake == 0 && sourceRouteSeen) {
            mistake = at;
          }
          sourceRouteSeen = true;
        }
        case ROUTER_ALERT -> mistake = length < ADDRESS_BYTES ? at + LENGTH : 0;
        case COMMERCIAL_SECURITY -> mistake = at;
        default -> {}
      }
      if (mistake != 0) {
        return mistake;
      }
      at += length;
    }
    return 0;
  }

  private static int mistakeInRoute(Packet packet, int at, int length) {
    if (length <= POINTER) {
      return at + LENGTH;
    }
    int pointer = packet.u8(at + POINTER);
    boolean hasRoom = pointer + ADDRESS_BYTES - 1 <= length;
    return pointer < SMALLEST_ROUTE_POINTER || pointer <= length && !hasRoom ? at + POINTER : 0;
  }

  private static int mistakeInSourceRoute(Packet packet, int at, int length) {
    if (length <= POINTER) {
      return at + LENGTH;
    }
    return packet.u8(at + POINTER) < SMALLEST_ROUTE_POINTER ? at + POINTER : 0;
  }

  private static int mistakeInTimestamp(Packet packet, int at, int length) {
    if (length <= FLAGS) {
      return at + LENGTH;
    }
    int pointer = packet.u8(at + POINTER);
    int kind = packet.u8(at + FLAGS) & 0xf;
    if (pointer < SMALLEST_TIME_POINTER) {
      return at + POINTER;
    }
    if (pointer <= length) {
      boolean withAddress = kind == TIMES_AND_ADDRESSES || kind == TIMES_OF_GIVEN_ADDRESSES;
      int needed = withAddress ? 2 * ADDRESS_BYTES : ADDRESS_BYTES;
      return pointer + needed - 1 > length ? at + POINTER : 0;
    }
    boolean full = packet.u8(at + FLAGS) >>> 4 == MOST_OVERFLOWS;
    return full && kind != TIMES_OF_GIVEN_ADDRESSES ? at + FLAGS : 0;
  }

  /**
   * Writes what the host that receives a packet writes: its address and the time. The options have
   * no {@link #mistake}. The header's checksum is left as it was, as errors about the packet quote
   * it.
   *
   * @param address of the host, as its sender sees it
   * @return whether an address went into a recorded route
   */
  public static boolean received(Packet packet, int headerBytes, int address, Host host) {
    boolean routeWritten = false;
    for (int at = IPV4_BYTES; at < headerBytes; ) {
      int option = packet.u8(at);
      if (option == END) {
        for (; at < headerBytes; at++) {
          packet.u8(at, END);
        }
        break;
      }
      int length = length(packet, at, headerBytes);
      if (option == RECORD_ROUTE) {
        routeWritten |= writeRoute(packet, at, length, address);
      } else if (option == TIMESTAMP) {
        writeTimestamp(packet, at, length, address, host);
      }
      at += length;
    }
    return routeWritten;
  }

  private static boolean writeRoute(Packet packet, int at, int length, int address) {
    int pointer = packet.u8(at + POINTER);
    if (pointer > length) {
      return false;
    }
    packet.i32(at + pointer - 1, address);
    packet.u8(at + POINTER, pointer + ADDRESS_BYTES);
    return true;
  }

  private static void writeTimestamp(Packet packet, int at, int length, int address, Host host) {
    int pointer = packet.u8(at + POINTER);
    int flags = packet.u8(at + FLAGS);
    int place = at + pointer - 1;
    if (pointer > length) {
      if ((flags & 0xf) != TIMES_OF_GIVEN_ADDRESSES) {
        packet.u8(at + FLAGS, flags + 0x10);
      }
      return;
    }
    switch (flags & 0xf) {
      case TIMES_ONLY -> {
        packet.i32(place, host.millisOfDay());
        packet.u8(at + POINTER, pointer + ADDRESS_BYTES);
      }
      case TIMES_AND_ADDRESSES -> {
        packet.i32(place, address);
        packet.i32(place + ADDRESS_BYTES, host.millisOfDay());
        packet.u8(at + POINTER, pointer + 2 * ADDRESS_BYTES);
      }
      case TIMES_OF_GIVEN_ADDRESSES -> {
        if (isNobodyElse(packet.i32(place), host)) {
          packet.i32(place + ADDRESS_BYTES, host.millisOfDay());
          packet.u8(at + POINTER, pointer + 2 * ADDRESS_BYTES);
        }
      }
      default -> {}
    }
  }

  /**
   * Replaces what {@link #received} wrote into a recorded route by the address that a forwarded
   * packet leaves from. Addresses of timestamps stay.
   *
   * @param routeWritten what {@code received} returned
   */
  public static void forwarded(Packet packet, int headerBytes, boolean routeWritten, int address) {
    int at = routeWritten ? find(packet, headerBytes, RECORD_ROUTE) : 0;
    if (at != 0) {
      packet.i32(at + packet.u8(at + POINTER) - 1 - ADDRESS_BYTES, address);
    }
    Egress.seal(packet, headerBytes);
  }

  /** Whether an address is no other host's: inet_addr_type is not RTN_UNICAST. */
  private static boolean isNobodyElse(int address, Host host) {
    return address == 0
        || address >>> 28 == 0xe
        || host.isBroadcast(Address.ipv4(address))
        || host.route(Family.IPV4, 0, address & 0xffffffffL) instanceof Host.Route.Local;
  }

  /**
   * Bytes of the options that an answer to a received packet carries, in whole words.
   *
   * @param sound the offset up to which there is no {@link #mistake}
   */
  public static int echoedBytes(Packet about, int sound) {
    int route = find(about, sound, RECORD_ROUTE);
    int times = find(about, sound, TIMESTAMP);
    int bytes =
        (route == 0 ? 0 : about.u8(route + LENGTH)) + (times == 0 ? 0 : about.u8(times + LENGTH));
    return bytes + 3 & ~3;
  }

  /**
   * Whether an answer's options can be gone on with: not so when what is left of a recorded route
   * or of timestamps is too short for another entry, which odd pointers lead to. The kernel sends
   * no ICMP error then.
   *
   * @param about has gone through {@link #received}
   * @param sound the offset up to which there is no {@link #mistake}
   */
  public static boolean canEcho(Packet about, int sound, Host host) {
    int route = find(about, sound, RECORD_ROUTE);
    int times = find(about, sound, TIMESTAMP);
    return (route == 0 || hasRoomOrIsFull(about, route, ADDRESS_BYTES))
        && (times == 0 || hasRoomOrIsFull(about, times, bytesToWrite(about, times, host)));
  }

  private static boolean hasRoomOrIsFull(Packet packet, int at, int bytes) {
    int pointer = packet.u8(at + POINTER);
    int length = packet.u8(at + LENGTH);
    return pointer > length || pointer + bytes - 1 <= length;
  }

  /** What {@code __ip_options_echo} insists on having room for behind a timestamp's pointer. */
  private static int bytesToWrite(Packet packet, int at, Host host) {
    return switch (packet.u8(at + FLAGS) & 0xf) {
      case TIMES_ONLY -> ADDRESS_BYTES;
      case TIMES_AND_ADDRESSES -> 2 * ADDRESS_BYTES;
      case TIMES_OF_GIVEN_ADDRESSES -> wasGivenTime(packet, at, host) ? ADDRESS_BYTES : 0;
      default -> 0;
    };
  }

  /** Whether {@link #received} has written the time of the given address before the pointer. */
  private static boolean wasGivenTime(Packet packet, int at, Host host) {
    int before = packet.u8(at + POINTER) - 2 * ADDRESS_BYTES;
    return before >= SMALLEST_TIME_POINTER && isNobodyElse(packet.i32(at + before - 1), host);
  }

  /**
   * Writes the options of an answer behind its fixed header, as far as {@link #echoedBytes} says:
   * the recorded route and the timestamps of the packet that it answers, gone on with.
   *
   * @param about has gone through {@link #received}, and {@link #canEcho} is true of it
   * @param sound the offset up to which there is no {@link #mistake}
   * @param address that the answer is sent from
   */
  public static void echo(Packet about, int sound, Packet answer, int address, Host host) {
    int end = IPV4_BYTES + echoedBytes(about, sound);
    int at = IPV4_BYTES;
    int route = find(about, sound, RECORD_ROUTE);
    if (route != 0) {
      int length = copy(about, route, answer, at);
      writeRoute(answer, at, length, address);
      at += length;
    }
    int times = find(about, sound, TIMESTAMP);
    if (times != 0) {
      int length = copy(about, times, answer, at);
      echoTimes(answer, at, length, address, host);
      at += length;
    }
    for (; at < end; at++) {
      answer.u8(at, END);
    }
  }

  private static void echoTimes(Packet answer, int at, int length, int address, Host host) {
    int pointer = answer.u8(at + POINTER);
    int kind = answer.u8(at + FLAGS) & 0xf;
    int bytes = kind == TIMES_ONLY ? ADDRESS_BYTES : 2 * ADDRESS_BYTES;
    boolean wasWritten = kind != TIMES_OF_GIVEN_ADDRESSES || wasGivenTime(answer, at, host);
    if (wasWritten && pointer + bytes - 1 <= length) {
      writeTimestamp(answer, at, length, address, host);
    }
  }

  private static int copy(Packet from, int at, Packet to, int toAt) {
    int length = from.u8(at + LENGTH);
    for (int i = 0; i < length; i++) {
      to.u8(toAt + i, from.u8(at + i));
    }
    return length;
  }

  /** Where an option is that ends in time; 0 for none. */
  private static int find(Packet packet, int end, int wanted) {
    for (int at = IPV4_BYTES; at < end && packet.u8(at) != END; ) {
      int length = length(packet, at, end);
      if (length == 0) {
        return 0;
      }
      if (packet.u8(at) == wanted) {
        return at + length <= end ? at : 0;
      }
      at += length;
    }
    return 0;
  }
}
