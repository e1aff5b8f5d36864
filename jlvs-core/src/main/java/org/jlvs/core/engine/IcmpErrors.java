package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.ICMP;
import static org.jlvs.core.engine.Headers.ICMPV6;
import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV4_OFFSET_BITS;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;

import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Tells senders what became of their packets, as icmp_send and icmp6_send do: never about an error
 * or a broadcast, for IPv4 never about a later fragment, and not too often. For one thread; for the
 * engine, and for models of a host.
 */
public final class IcmpErrors {
  public static final int ICMP_BYTES = 8;

  public static final int DESTINATION_UNREACHABLE = 3;
  public static final int SOURCE_QUENCH = 4;
  public static final int REDIRECT = 5;
  public static final int TIME_EXCEEDED = 11;
  public static final int PARAMETER_PROBLEM = 12;
  public static final int HOST_UNREACHABLE_CODE = 1;
  public static final int PORT_UNREACHABLE_CODE = 3;
  public static final int FRAGMENTATION_NEEDED_CODE = 4;
  public static final int REASSEMBLY_CODE = 1;

  public static final int V6_DESTINATION_UNREACHABLE = 1;
  public static final int V6_PACKET_TOO_BIG = 2;
  public static final int V6_TIME_EXCEEDED = 3;
  public static final int V6_ADDRESS_UNREACHABLE_CODE = 3;
  public static final int V6_PORT_UNREACHABLE_CODE = 4;
  public static final int V6_INFORMATIONAL = 0x80;

  private static final int V4_QUOTES_AT_MOST = 576;
  private static final int V6_QUOTES_AT_MOST = 1280;
  private static final int TTL = 64;
  private static final int PRECEDENCE_INTERNETCONTROL = 0xc0;
  private static final int TYPE_OF_SERVICE_BITS = 0x1e;

  /** The kernel's icmp_msgs_per_sec and icmp_msgs_burst. */
  private static final long NANOS_PER_MESSAGE = 1_000_000;

  private static final long BURST_NANOS = 50 * NANOS_PER_MESSAGE;

  /** Learns of each error that is about to leave. */
  interface Listener {
    /**
     * Called before the error is sent.
     *
     * @param about the packet it is about, with its headers
     * @param bytes of the error
     */
    void sending(Packet about, Headers headers, int bytes);
  }

  private final Host host;
  private final Listener listener;
  private final Buffer buffer = new Buffer();
  private int identification;

  /** The time from which on messages have used up what was allowed. */
  private long allowanceNanos;

  /**
   * @param nowNanos the clock of all later calls
   */
  public IcmpErrors(Host host, long nowNanos) {
    this(host, nowNanos, (about, headers, bytes) -> {});
  }

  /** As above, with somebody who wants to know. */
  IcmpErrors(Host host, long nowNanos, Listener listener) {
    this.host = host;
    this.listener = listener;
    this.allowanceNanos = nowNanos - BURST_NANOS;
  }

  /** The server or service cannot be had: port unreachable. */
  public void portUnreachable(Packet about, Headers headers, long now, Output output) {
    if (headers.isIpv4()) {
      send(about, headers, DESTINATION_UNREACHABLE, PORT_UNREACHABLE_CODE, 0, now, output);
    } else {
      int type = V6_DESTINATION_UNREACHABLE;
      send(about, headers, type, V6_PORT_UNREACHABLE_CODE, 0, now, output);
    }
  }

  /** There is no way to the server. */
  void hostUnreachable(Packet about, Headers headers, long now, Output output) {
    if (headers.isIpv4()) {
      send(about, headers, DESTINATION_UNREACHABLE, HOST_UNREACHABLE_CODE, 0, now, output);
    } else {
      int type = V6_DESTINATION_UNREACHABLE;
      send(about, headers, type, V6_ADDRESS_UNREACHABLE_CODE, 0, now, output);
    }
  }

  /** The packet's time to live has run out. */
  public void timeExceeded(Packet about, Headers headers, long now, Output output) {
    int type = headers.isIpv4() ? TIME_EXCEEDED : V6_TIME_EXCEEDED;
    send(about, headers, type, 0, 0, now, output);
  }

  /** The packet is too big for the way. */
  public void tooBig(Packet about, Headers headers, int mtu, long now, Output output) {
    if (headers.isIpv4()) {
      send(about, headers, DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED_CODE, mtu, now, output);
    } else {
      send(about, headers, V6_PACKET_TOO_BIG, 0, mtu, now, output);
    }
  }

  /**
   * Sends an error.
   *
   * @param headers of the packet it is about
   * @param rest the four bytes after the ICMP checksum
   */
  public void send(
      Packet about, Headers headers, int type, int code, int rest, long now, Output output) {
    int sound = type == PARAMETER_PROBLEM ? rest >>> 24 : headers.transport;
    send(about, headers, type, code, rest, sound, now, output);
  }

  /** Sends an error that carries on none of the IPv4 options of the packet it is about. */
  void sendWithoutOptions(
      Packet about, Headers headers, int type, int code, int rest, long now, Output output) {
    send(about, headers, type, code, rest, IPV4_BYTES, now, output);
  }

  /**
   * @param sound where the IPv4 options end that are carried on
   */
  private void send(
      Packet about,
      Headers headers,
      int type,
      int code,
      int rest,
      int sound,
      long now,
      Output output) {
    if (!mayBeTold(about, headers)) {
      return;
    }
    Family family = headers.flow.family;
    long sourceHigh = headers.flow.sourceHigh;
    long sourceLow = headers.flow.sourceLow;
    if (!(host.route(family, sourceHigh, sourceLow) instanceof Host.Route.Via via)) {
      return;
    }
    Address from = ownAddress(headers);
    if (from == null || isLimited(headers, type, code) && !withinRate(now)) {
      return;
    }
    Packet error;
    if (headers.isIpv4()) {
      if (!Ipv4Options.canEcho(about, sound, host)) {
        return;
      }
      error = ipv4Error(about, headers, from, type, code, rest, sound, via.hop());
    } else {
      error = ipv6Error(about, headers, from, type, code, rest);
    }
    listener.sending(about, headers, error.length());
    output.transmit(via.hop(), error);
  }

  private static boolean mayBeTold(Packet about, Headers headers) {
    if (headers.isIpv4()) {
      int destination = (int) headers.flow.destinationLow;
      boolean toMany = destination >>> 28 >= 0xe;
      int source = (int) headers.flow.sourceLow;
      boolean fromNobody = source == 0 || source >>> 28 >= 0xe;
      return !toMany
          && !fromNobody
          && (about.u16(6) & IPV4_OFFSET_BITS) == 0
          && !(headers.flow.protocol == ICMP && isIpv4Error(about, headers.transport));
    }
    boolean toMany = headers.flow.destinationHigh >>> 56 == 0xff;
    boolean fromNobody =
        headers.flow.sourceHigh >>> 56 == 0xff
            || headers.flow.sourceHigh == 0 && headers.flow.sourceLow == 0;
    boolean isError =
        headers.flow.protocol == ICMPV6
            && (about.length() <= headers.transport
                || (about.u8(headers.transport) & V6_INFORMATIONAL) == 0);
    return !toMany && !fromNobody && !isError;
  }

  private static boolean isIpv4Error(Packet packet, int offset) {
    if (packet.length() <= offset) {
      return true;
    }
    return switch (packet.u8(offset)) {
      case DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM ->
          true;
      default -> false;
    };
  }

  /** What the packet was sent to if that is the host's own, else what the host would send from. */
  private @Nullable Address ownAddress(Headers headers) {
    long high = headers.flow.destinationHigh;
    long low = headers.flow.destinationLow;
    if (host.route(headers.flow.family, high, low) instanceof Host.Route.Local) {
      return headers.flow.destination();
    }
    return host.sourceAddress(headers.flow.source());
  }

  /** Whether senders hear less often of something; how large packets may be, they always learn. */
  private static boolean isLimited(Headers headers, int type, int code) {
    return headers.isIpv4()
        ? type != DESTINATION_UNREACHABLE || code != FRAGMENTATION_NEEDED_CODE
        : type != V6_PACKET_TOO_BIG;
  }

  /** The kernel's global limit: so many a second, saved up to a burst. */
  private boolean withinRate(long now) {
    allowanceNanos = Math.max(allowanceNanos, now - BURST_NANOS);
    if (allowanceNanos - now > -NANOS_PER_MESSAGE) {
      return false;
    }
    allowanceNanos += NANOS_PER_MESSAGE;
    return true;
  }

  private Packet ipv4Error(
      Packet about,
      Headers headers,
      Address from,
      int type,
      int code,
      int rest,
      int soundBytes,
      Hop hop) {
    int headerBytes = IPV4_BYTES + Ipv4Options.echoedBytes(about, soundBytes);
    int room = Math.min(V4_QUOTES_AT_MOST, hop.mtu()) - headerBytes - ICMP_BYTES;
    int quoted = Math.min(about.length(), room);
    int length = headerBytes + ICMP_BYTES + quoted;
    Packet error = buffer.packet(length, 0);
    int typeOfService = about.u8(1) & TYPE_OF_SERVICE_BITS | PRECEDENCE_INTERNETCONTROL;
    error.u16(0, 0x4000 | headerBytes / 4 << 8 | typeOfService);
    error.u16(2, length);
    error.u16(4, ++identification);
    error.u16(6, 0);
    error.u16(8, TTL << 8 | ICMP);
    error.i32(12, from.ipv4Bits());
    error.i32(16, (int) headers.flow.sourceLow);
    Ipv4Options.echo(about, soundBytes, error, from.ipv4Bits(), host);
    Egress.seal(error, headerBytes);
    writeIcmp(error, headerBytes, about, quoted, type, code, rest);
    error.u16(headerBytes + 2, Checksum.of(error, headerBytes, length - headerBytes));
    return error;
  }

  private Packet ipv6Error(
      Packet about, Headers headers, Address from, int type, int code, int rest) {
    int quoted = Math.min(about.length(), V6_QUOTES_AT_MOST - IPV6_BYTES - ICMP_BYTES);
    int length = IPV6_BYTES + ICMP_BYTES + quoted;
    Packet error = buffer.packet(length, 0);
    error.i32(0, 6 << 28);
    error.u16(4, length - IPV6_BYTES);
    error.u16(6, ICMPV6 << 8 | TTL);
    error.i64(8, from.high());
    error.i64(16, from.low());
    error.i64(24, headers.flow.sourceHigh);
    error.i64(32, headers.flow.sourceLow);
    writeIcmp(error, IPV6_BYTES, about, quoted, type, code, rest);
    error.u16(IPV6_BYTES + 2, Checksum.ofTransport(error, IPV6_BYTES, ICMPV6));
    return error;
  }

  private void writeIcmp(
      Packet error, int offset, Packet about, int quoted, int type, int code, int rest) {
    error.u16(offset, type << 8 | code);
    error.u16(offset + 2, 0);
    error.i32(offset + 4, rest);
    buffer.copy(about, 0, offset + ICMP_BYTES, quoted);
  }
}
