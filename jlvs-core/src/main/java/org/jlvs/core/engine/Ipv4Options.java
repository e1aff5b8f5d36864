package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;

import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;

/**
 * The options of an IPv4 header (RFC 791): whether a host takes them, and what it writes into them
 * on a packet's way. ip_options_compile, ip_forward_options, ip_options_echo. Threads may share it.
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

  /** What {@link #received} has written: an address into a recorded route. */
  static final int ROUTE_WRITTEN = 1;

  /** What {@link #received} has written: an address before a timestamp. */
  static final int TIMED_ADDRESS_WRITTEN = 2;

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
    int kind = timestampKind(packet, at);
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

  private static int timestampKind(Packet packet, int at) {
    return packet.u8(at + FLAGS) & 0xf;
  }

  /**
   * Writes what the host that receives a packet writes: its address and the time. The options have
   * no {@link #mistake}. The header's checksum is left as it was, as errors about the packet quote
   * it.
   *
   * @param address of the host, as its sender sees it
   * @return a union of the WRITTEN bits above
   */
  static int received(Packet packet, int headerBytes, int address, Host host) {
    return write(packet, headerBytes, address, host, true);
  }

  private static int write(
      Packet packet, int headerBytes, int address, Host host, boolean countsOverflows) {
    int written = 0;
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
        written |= writeRoute(packet, at, length, address);
      } else if (option == TIMESTAMP) {
        if (packet.u8(at + POINTER) <= length) {
          written |= writeTimestamp(packet, at, address, host);
        } else if (countsOverflows && timestampKind(packet, at) != TIMES_OF_GIVEN_ADDRESSES) {
          packet.u8(at + FLAGS, packet.u8(at + FLAGS) + 0x10);
        }
      }
      at += length;
    }
    return written;
  }

  private static int writeRoute(Packet packet, int at, int length, int address) {
    int pointer = packet.u8(at + POINTER);
    if (pointer > length) {
      return 0;
    }
    packet.i32(at + pointer - 1, address);
    packet.u8(at + POINTER, pointer + ADDRESS_BYTES);
    return ROUTE_WRITTEN;
  }

  private static int writeTimestamp(Packet packet, int at, int address, Host host) {
    int pointer = packet.u8(at + POINTER);
    int place = at + pointer - 1;
    switch (timestampKind(packet, at)) {
      case TIMES_ONLY -> {
        packet.i32(place, host.millisOfDay());
        packet.u8(at + POINTER, pointer + ADDRESS_BYTES);
      }
      case TIMES_AND_ADDRESSES -> {
        packet.i32(place, address);
        packet.i32(place + ADDRESS_BYTES, host.millisOfDay());
        packet.u8(at + POINTER, pointer + 2 * ADDRESS_BYTES);
        return TIMED_ADDRESS_WRITTEN;
      }
      case TIMES_OF_GIVEN_ADDRESSES -> {
        if (isNoOtherHosts(packet.u32(place), host)) {
          packet.i32(place + ADDRESS_BYTES, host.millisOfDay());
          packet.u8(at + POINTER, pointer + 2 * ADDRESS_BYTES);
        }
      }
      default -> {}
    }
    return 0;
  }

  /**
   * Replaces what {@link #received} wrote by the address that a forwarded packet leaves from.
   *
   * @param written what {@code received} returned
   */
  static void forwarded(Packet packet, int headerBytes, int written, int address) {
    for (int at = IPV4_BYTES; at < headerBytes && packet.u8(at) != END; ) {
      if (packet.u8(at) == RECORD_ROUTE && (written & ROUTE_WRITTEN) != 0) {
        packet.i32(at + packet.u8(at + POINTER) - 1 - ADDRESS_BYTES, address);
      } else if (packet.u8(at) == TIMESTAMP && (written & TIMED_ADDRESS_WRITTEN) != 0) {
        packet.i32(at + packet.u8(at + POINTER) - 1 - 2 * ADDRESS_BYTES, address);
      }
      at += length(packet, at, headerBytes);
    }
    Egress.seal(packet, headerBytes);
  }

  /** What inet_addr_type takes for the host's own: also addresses of many hosts and of none. */
  private static boolean isNoOtherHosts(long address, Host host) {
    return host.route(Family.IPV4, 0, address) instanceof Host.Route.Local
        || address >>> 24 == 0
        || address >>> 28 == 0xe
        || host.isBroadcast(Address.ipv4((int) address));
  }

  /**
   * Bytes that the options take up in an error about a packet: its route's and timestamps'.
   *
   * @param end where the packet's header ends, or the first {@link #mistake} in it is
   */
  static int echoedBytes(Packet about, int end) {
    int route = length(about, find(about, end, RECORD_ROUTE));
    return route + length(about, find(about, end, TIMESTAMP)) + 3 & ~3;
  }

  /** Bytes of the option at an offset, none when that is 0. */
  private static int length(Packet packet, int at) {
    return at == 0 ? 0 : packet.u8(at + LENGTH);
  }

  /** Where the option of a kind is, 0 for none. */
  private static int find(Packet packet, int end, int kind) {
    for (int at = IPV4_BYTES; at < end && packet.u8(at) != END; ) {
      int length = length(packet, at, end);
      if (length == 0) {
        return 0;
      }
      if (packet.u8(at) == kind) {
        return at;
      }
      at += length;
    }
    return 0;
  }

  /**
   * Writes the options of an error about a packet: its recorded route, then its timestamps, each
   * with what the host adds by sending the error. The header's checksum is left as it is.
   *
   * @param end as of {@link #echoedBytes}
   * @param error has room for so many behind its header
   * @param address that the error is sent from
   */
  static void echo(Packet about, int end, Packet error, int address, Host host) {
    int bytes = echoedBytes(about, end);
    if (bytes == 0) {
      return;
    }
    error.i32(IPV4_BYTES + bytes - 4, 0);
    int next = copy(about, find(about, end, RECORD_ROUTE), error, IPV4_BYTES);
    copy(about, find(about, end, TIMESTAMP), error, next);
    write(error, IPV4_BYTES + bytes, address, host, false);
  }

  /** Copies an option, if there is one; where the next one goes. */
  private static int copy(Packet from, int at, Packet to, int place) {
    int length = length(from, at);
    for (int i = 0; i < length; i++) {
      to.u8(place + i, from.u8(at + i));
    }
    return place + length;
  }
}
