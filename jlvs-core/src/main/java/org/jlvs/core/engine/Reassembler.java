package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV4_MORE_FRAGMENTS;
import static org.jlvs.core.engine.Headers.IPV4_OFFSET_BITS;

import java.util.function.Consumer;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Puts IPv4 packets together from fragments, as the host's ip_defrag does: fragments that overlap
 * spoil their packet, those that repeat are ignored. Memory and time are bounded. For one thread;
 * for the engine, and for models of a host.
 */
public final class Reassembler {
  private static final long LIFE_NANOS = 30_000_000_000L;
  private static final int LARGEST_PACKET = 65_535;
  private static final int LARGEST_HEADER = 60;

  private final PartialPackets partials = new PartialPackets(LIFE_NANOS);
  private final Buffer buffer = new Buffer();
  private Reassembled original = Reassembled.WHOLE;

  /** What the packet that {@link #add} returned last was made of. */
  Reassembled original() {
    return original;
  }

  /** The packets that are not whole yet. */
  PartialPackets partials() {
    return partials;
  }

  /**
   * Takes a fragment.
   *
   * @return the whole packet when this was the last piece, good until the next call; else null
   */
  public @Nullable Packet add(Packet fragment, long now) {
    int headerBytes = (fragment.u8(0) & 0xf) * 4;
    PartialPackets.Key key =
        new PartialPackets.Key(
            0, fragment.u32(12), 0, fragment.u32(16), fragment.u16(4), fragment.u8(9));
    PartialPacket partial = partials.of(key, now);
    int before = partial.memory();
    boolean sound = insert(partial, fragment, headerBytes);
    partials.grown(partial, partial.memory() - before);
    if (!sound) {
      partials.forget(key, partial);
      return null;
    }
    if (!partial.isWhole()) {
      return null;
    }
    partials.forget(key, partial);
    return partial.isConsistentlyCapable() ? assemble(partial) : null;
  }

  /** False when the fragment spoils its packet: ip_frag_queue. */
  private static boolean insert(PartialPacket partial, Packet fragment, int headerBytes) {
    int field = fragment.u16(6);
    int start = (field & IPV4_OFFSET_BITS) * 8;
    int size = fragment.length() - headerBytes;
    boolean more = (field & IPV4_MORE_FRAGMENTS) != 0;
    if (more) {
      size &= ~7;
    }
    int end = start + size;
    if (size <= 0 || end > LARGEST_PACKET - LARGEST_HEADER || !partial.reaches(end, more)) {
      return false;
    }
    return switch (partial.insert(fragment, headerBytes, start, end, fragment.u8(1))) {
      case REPEATED -> true;
      case OVERLAPPING -> false;
      case ADDED -> {
        int bytes = headerBytes + size;
        partial.largest = Math.max(partial.largest, bytes);
        if ((field & IPV4_DO_NOT_FRAGMENT) != 0) {
          partial.largestUnfragmentable = Math.max(partial.largestUnfragmentable, bytes);
        }
        yield true;
      }
    };
  }

  private Packet assemble(PartialPacket partial) {
    int headerBytes = partial.header.length;
    int payloadBytes = partial.payloadBytes();
    Packet packet = buffer.packet(headerBytes + payloadBytes, partial.inInterface);
    packet.write(0, partial.header, 0, headerBytes);
    partial.writePayload(packet, headerBytes, payloadBytes);
    boolean doNotFragment = partial.largestUnfragmentable == partial.largest;
    original =
        new Reassembled(
            headerBytes, partial.sizes(), partial.largest, doNotFragment, packet.u16(4));
    packet.u8(1, packet.u8(1) | partial.congestion());
    packet.u16(2, packet.length());
    packet.u16(6, doNotFragment ? IPV4_DO_NOT_FRAGMENT : 0);
    Egress.seal(packet, headerBytes);
    return packet;
  }

  /** Gives up what is too old; of those whose first fragment has come, that one is handed over. */
  void expire(long now, Consumer<Packet> withFirstFragment) {
    partials.expire(now, partial -> withFirstFragment.accept(partial.writeFirst(buffer)));
  }
}
