package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.ICMPV6;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_BYTES;
import static org.jlvs.core.engine.Headers.UDP;
import static org.jlvs.core.engine.Headers.UDP_BYTES;
import static org.jlvs.core.engine.IcmpErrors.ICMP_BYTES;

import java.util.function.Consumer;
import org.jlvs.core.net.Packet;

/**
 * Puts IPv6 packets together from fragments, as nf_defrag_ipv6 does before IPVS sees them:
 * fragments that overlap spoil their packet, those that repeat or contradict are ignored, and what
 * a host has to complain about is left to the host. Memory and time are bounded. For one thread;
 * for the engine, and for models of a host.
 */
public final class Ipv6Reassembler {
  /** What became of a packet. */
  public enum Outcome {
    /** It is no fragment that this class takes. */
    UNTOUCHED,
    /** It is kept, or was of no use. */
    TAKEN,
    /** It was the last piece: {@link #whole}. */
    WHOLE
  }

  private static final long LIFE_NANOS = 60_000_000_000L;
  private static final int LARGEST_PAYLOAD = 65_535;
  private static final int LINK_LOCAL_BITS = 0xffc0;
  private static final int LINK_LOCAL = 0xfe80;

  private final PartialPackets partials = new PartialPackets(LIFE_NANOS);
  private final Buffer buffer = new Buffer();
  private Packet whole = new Packet();
  private Reassembled original = Reassembled.WHOLE;

  /** The packet that was put together last, good until the next call of {@link #add}. */
  public Packet whole() {
    return whole;
  }

  /** What it was made of. */
  Reassembled original() {
    return original;
  }

  /** The packets that are not whole yet. */
  PartialPackets partials() {
    return partials;
  }

  /** Takes an IPv6 packet, which may be a fragment: nf_ct_frag6_gather. */
  public Outcome add(Packet packet, long now) {
    int at = Ipv6Extensions.fragmentHeader(packet);
    if (at < 0 || lacksTransportHeader(packet, at)) {
      return Outcome.UNTOUCHED;
    }
    PartialPackets.Key key = key(packet, packet.i32(at + 4));
    PartialPacket partial = partials.of(key, now);
    int before = partial.memory();
    Outcome outcome = queue(partial, key, packet, at);
    partials.grown(partial, partial.memory() - before);
    return outcome;
  }

  private static PartialPackets.Key key(Packet packet, int identification) {
    boolean ofLink = (packet.u16(24) & LINK_LOCAL_BITS) == LINK_LOCAL || packet.u8(24) == 0xff;
    return new PartialPackets.Key(
        packet.i64(8),
        packet.i64(16),
        packet.i64(24),
        packet.i64(32),
        identification,
        ofLink ? packet.inInterface() : 0);
  }

  private Outcome queue(PartialPacket partial, PartialPackets.Key key, Packet packet, int at) {
    int field = packet.u16(at + 2);
    int start = field & Ipv6Extensions.FRAGMENT_OFFSET_BITS;
    boolean more = (field & Ipv6Extensions.FRAGMENT_MORE) != 0;
    int payloadAt = at + Ipv6Extensions.FRAGMENT_BYTES;
    int end = start + packet.length() - payloadAt;
    if (end > LARGEST_PAYLOAD) {
      return Outcome.TAKEN;
    }
    if (more && (end & 7) != 0) {
      // The host tells the sender (RFC 8200 section 4.5).
      partials.forget(key, partial);
      return Outcome.UNTOUCHED;
    }
    if (!partial.reaches(end, more) || end == start) {
      return Outcome.TAKEN;
    }
    int dsField = packet.u16(0) >>> 4 & 0xff;
    switch (partial.insert(packet, payloadAt, start, end, dsField)) {
      case REPEATED -> {
        return Outcome.TAKEN;
      }
      case OVERLAPPING -> {
        partials.forget(key, partial);
        return Outcome.TAKEN;
      }
      case ADDED -> partial.largest = Math.max(partial.largest, packet.length());
    }
    if (!partial.isWhole()) {
      return Outcome.TAKEN;
    }
    partials.forget(key, partial);
    boolean possible =
        partial.isConsistentlyCapable()
            && partial.header.length
                    - IPV6_BYTES
                    - Ipv6Extensions.FRAGMENT_BYTES
                    + partial.payloadBytes()
                <= LARGEST_PAYLOAD;
    if (!possible) {
      return Outcome.TAKEN;
    }
    assemble(partial);
    return Outcome.WHOLE;
  }

  /** Whether a first fragment ends before its transport header: ipv6frag_thdr_truncated. */
  private static boolean lacksTransportHeader(Packet packet, int fragmentHeader) {
    if ((packet.u16(fragmentHeader + 2) & Ipv6Extensions.FRAGMENT_OFFSET_BITS) != 0) {
      return false;
    }
    int header = packet.u8(fragmentHeader);
    int at = fragmentHeader + Ipv6Extensions.FRAGMENT_BYTES;
    while (Ipv6Extensions.isExtension(header)) {
      if (header == Ipv6Extensions.NO_NEXT_HEADER || !Ipv6Extensions.hasStart(packet, at)) {
        return false;
      }
      boolean ofLaterFragment =
          header == Ipv6Extensions.FRAGMENT
              && packet.length() >= at + Ipv6Extensions.FRAGMENT_BYTES
              && (packet.u16(at + 2) & Ipv6Extensions.FRAGMENT_OFFSET_BITS) != 0;
      if (ofLaterFragment) {
        return false;
      }
      int next = packet.u8(at);
      at += Ipv6Extensions.bytes(packet, at, header);
      header = next;
    }
    int needed =
        switch (header) {
          case TCP -> TCP_BYTES;
          case UDP -> UDP_BYTES;
          case ICMPV6 -> ICMP_BYTES;
          default -> 1;
        };
    return at + needed > packet.length();
  }

  private void assemble(PartialPacket partial) {
    int headerBytes = partial.header.length - Ipv6Extensions.FRAGMENT_BYTES;
    int payloadBytes = partial.payloadBytes();
    Packet packet = buffer.packet(headerBytes + payloadBytes, partial.inInterface);
    packet.write(0, partial.header, 0, headerBytes);
    partial.writePayload(packet, headerBytes, payloadBytes);
    Packet first = packet;
    int transport = partial.header[headerBytes] & 0xff;
    first.u8(Ipv6Extensions.nextHeaderAt(packet, headerBytes), transport);
    packet.u16(4, packet.length() - IPV6_BYTES);
    packet.u16(0, packet.u16(0) | partial.congestion() << 4);
    int identification = identification(partial.header, headerBytes + 4);
    original =
        new Reassembled(headerBytes, partial.sizes(), partial.largest, false, identification);
    whole = packet;
  }

  private static int identification(byte[] header, int at) {
    return header[at] << 24
        | (header[at + 1] & 0xff) << 16
        | (header[at + 2] & 0xff) << 8
        | header[at + 3] & 0xff;
  }

  /** Gives up what is too old; of those whose first fragment has come, that one is handed over. */
  void expire(long now, Consumer<Packet> withFirstFragment) {
    partials.expire(now, partial -> withFirstFragment.accept(partial.writeFirst(buffer)));
  }
}
