package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_DO_NOT_FRAGMENT;
import static org.jlvs.core.engine.Headers.IPV4_MORE_FRAGMENTS;
import static org.jlvs.core.engine.Headers.IPV4_OFFSET_BITS;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
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

  /** At most so many packets at a time, and so much memory for them: the kernel's high limit. */
  private static final int MOST_PACKETS = 1024;

  private static final int MOST_BYTES = 4 << 20;
  private static final int LARGEST_PACKET = 65_535;
  private static final int LARGEST_HEADER = 60;

  private record Key(int source, int destination, int identification, int protocol) {}

  /** A packet of which something is missing. */
  private static final class Partial {
    final long since;
    byte[] payload = new byte[2048];
    byte[] header = {};
    int inInterface;

    /** Start and end of each fragment's payload, sorted. */
    int[] starts = new int[4];

    int[] ends = new int[4];
    int count;

    /** End of the last fragment's payload, -1 until it has come. */
    int total = -1;

    int largest;
    int largestUnfragmentable;

    Partial(long since) {
      this.since = since;
    }

    int memory() {
      return payload.length + header.length;
    }

    boolean isComplete() {
      if (total < 0 || header.length == 0) {
        return false;
      }
      int end = 0;
      for (int i = 0; i < count; i++) {
        if (starts[i] != end) {
          return false;
        }
        end = ends[i];
      }
      return end == total;
    }
  }

  private final Map<Key, Partial> partials = new LinkedHashMap<>();
  private final Buffer buffer = new Buffer();
  private int memory;
  private Reassembled original = Reassembled.WHOLE;

  /** What the packet that {@link #add} returned last was made of. */
  Reassembled original() {
    return original;
  }

  /**
   * Takes a fragment.
   *
   * @return the whole packet when this was the last piece, good until the next call; else null
   */
  public @Nullable Packet add(Packet fragment, long now) {
    int headerBytes = (fragment.u8(0) & 0xf) * 4;
    Key key = new Key(fragment.i32(12), fragment.i32(16), fragment.u16(4), fragment.u8(9));
    Partial partial = partials.get(key);
    if (partial == null) {
      makeRoom();
      partial = new Partial(now);
      partials.put(key, partial);
      memory += partial.memory();
    }
    int before = partial.memory();
    boolean sound = insert(partial, fragment, headerBytes);
    memory += partial.memory() - before;
    if (!sound) {
      forget(key, partial);
      return null;
    }
    if (!partial.isComplete()) {
      return null;
    }
    forget(key, partial);
    return assemble(partial);
  }

  private void forget(Key key, Partial partial) {
    partials.remove(key);
    memory -= partial.memory();
  }

  private void makeRoom() {
    Iterator<Partial> oldest = partials.values().iterator();
    while (oldest.hasNext() && (partials.size() >= MOST_PACKETS || memory > MOST_BYTES)) {
      memory -= oldest.next().memory();
      oldest.remove();
    }
  }

  /** False when the fragment spoils its packet. */
  private static boolean insert(Partial partial, Packet fragment, int headerBytes) {
    int field = fragment.u16(6);
    int start = (field & IPV4_OFFSET_BITS) * 8;
    int size = fragment.length() - headerBytes;
    boolean more = (field & IPV4_MORE_FRAGMENTS) != 0;
    if (more) {
      size &= ~7;
    }
    int end = start + size;
    if (size <= 0 || end > LARGEST_PACKET - LARGEST_HEADER) {
      return false;
    }
    boolean endContradicts =
        more
            ? partial.total >= 0 && end > partial.total
            : partial.total >= 0 && end != partial.total || furthest(partial) > end;
    if (endContradicts) {
      return false;
    }
    int place = 0;
    while (place < partial.count && partial.starts[place] < start) {
      place++;
    }
    if (isRepeated(partial, start, end)) {
      return true;
    }
    boolean overlaps =
        place > 0 && partial.ends[place - 1] > start
            || place < partial.count && partial.starts[place] < end;
    if (overlaps) {
      return false;
    }
    if (!more) {
      partial.total = end;
    }
    store(partial, fragment, headerBytes, place, start, end);
    return true;
  }

  private static int furthest(Partial partial) {
    return partial.count == 0 ? 0 : partial.ends[partial.count - 1];
  }

  private static boolean isRepeated(Partial partial, int start, int end) {
    for (int i = 0; i < partial.count; i++) {
      if (partial.starts[i] <= start && end <= partial.ends[i]) {
        return true;
      }
    }
    return false;
  }

  private static void store(
      Partial partial, Packet fragment, int headerBytes, int place, int start, int end) {
    if (partial.count == partial.starts.length) {
      partial.starts = Arrays.copyOf(partial.starts, 2 * partial.count);
      partial.ends = Arrays.copyOf(partial.ends, 2 * partial.count);
    }
    System.arraycopy(partial.starts, place, partial.starts, place + 1, partial.count - place);
    System.arraycopy(partial.ends, place, partial.ends, place + 1, partial.count - place);
    partial.starts[place] = start;
    partial.ends[place] = end;
    partial.count++;
    if (end > partial.payload.length) {
      int room = Math.min(LARGEST_PACKET, Math.max(end, 2 * partial.payload.length));
      partial.payload = Arrays.copyOf(partial.payload, room);
    }
    for (int i = 0; i < end - start; i++) {
      partial.payload[start + i] = (byte) fragment.u8(headerBytes + i);
    }
    if (start == 0) {
      partial.header = new byte[headerBytes];
      for (int i = 0; i < headerBytes; i++) {
        partial.header[i] = (byte) fragment.u8(i);
      }
      partial.inInterface = fragment.inInterface();
    }
    int packetBytes = headerBytes + end - start;
    partial.largest = Math.max(partial.largest, packetBytes);
    if ((fragment.u16(6) & IPV4_DO_NOT_FRAGMENT) != 0) {
      partial.largestUnfragmentable = Math.max(partial.largestUnfragmentable, packetBytes);
    }
  }

  private Packet assemble(Partial partial) {
    int headerBytes = partial.header.length;
    Packet packet = buffer.packet(headerBytes + partial.total, partial.inInterface);
    for (int i = 0; i < headerBytes; i++) {
      packet.u8(i, partial.header[i]);
    }
    for (int i = 0; i < partial.total; i++) {
      packet.u8(headerBytes + i, partial.payload[i]);
    }
    int[] sizes = new int[partial.count];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = partial.ends[i] - partial.starts[i];
    }
    boolean doNotFragment = partial.largestUnfragmentable == partial.largest;
    original = new Reassembled(sizes, partial.largest, doNotFragment);
    packet.u16(2, packet.length());
    packet.u16(6, doNotFragment ? IPV4_DO_NOT_FRAGMENT : 0);
    Egress.seal(packet, headerBytes);
    return packet;
  }

  /** Gives up what is too old; of those whose first fragment has come, that one is handed over. */
  void expire(long now, Consumer<Packet> withFirstFragment) {
    Iterator<Partial> oldest = partials.values().iterator();
    while (oldest.hasNext()) {
      Partial partial = oldest.next();
      if (now - partial.since < LIFE_NANOS) {
        return;
      }
      oldest.remove();
      memory -= partial.memory();
      if (partial.header.length > 0) {
        withFirstFragment.accept(firstFragment(partial));
      }
    }
  }

  private Packet firstFragment(Partial partial) {
    int headerBytes = partial.header.length;
    Packet packet = buffer.packet(headerBytes + partial.ends[0], partial.inInterface);
    for (int i = 0; i < headerBytes; i++) {
      packet.u8(i, partial.header[i]);
    }
    for (int i = 0; i < partial.ends[0]; i++) {
      packet.u8(headerBytes + i, partial.payload[i]);
    }
    return packet;
  }
}
