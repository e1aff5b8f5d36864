package org.jlvs.core.engine;

import java.util.Arrays;
import org.jlvs.core.net.Packet;

/**
 * A packet of which fragments are missing: what has come, where it belongs, and what the kernel
 * remembers of it (inet_frag_queue). For one thread.
 */
final class PartialPacket {
  /** What became of a fragment. */
  enum Insertion {
    ADDED,
    /** All of it had come before. */
    REPEATED,
    /** It says other things about bytes that had come before. */
    OVERLAPPING
  }

  private static final int FIRST_ROOM = 2048;
  private static final int LARGEST_PAYLOAD = 65_535;
  private static final int ECN_BITS = 3;
  private static final int CONGESTED = 3;

  final long since;
  int inInterface;

  /** The first fragment's headers, as they came; empty until then. */
  byte[] header = {};

  /** Bytes of the largest fragment with its header, of all and of those that forbid cutting. */
  int largest;

  int largestUnfragmentable;

  private byte[] payload = new byte[FIRST_ROOM];

  /** Start and end of each fragment's payload, sorted. */
  private int[] starts = new int[4];

  private int[] ends = new int[4];
  private int count;

  /** The furthest end that a fragment has claimed. */
  private int end;

  private boolean lastSeen;

  /** A bit for each value of the ECN field that has come. */
  private int congestionSeen;

  PartialPacket(long since) {
    this.since = since;
  }

  /** Bytes of memory it holds. */
  int memory() {
    return payload.length + header.length + 8 * starts.length;
  }

  /**
   * Takes note of how far a fragment reaches.
   *
   * @return false when that contradicts what others have said
   */
  boolean reaches(int fragmentEnd, boolean more) {
    if (more) {
      if (fragmentEnd > end) {
        if (lastSeen) {
          return false;
        }
        end = fragmentEnd;
      }
      return true;
    }
    if (fragmentEnd < end || lastSeen && fragmentEnd != end) {
      return false;
    }
    lastSeen = true;
    end = fragmentEnd;
    return true;
  }

  /**
   * Takes a fragment's payload.
   *
   * @param at where it begins in {@code fragment}
   * @param start where it belongs, and {@code to} where it ends
   * @param dsField the fragment's type of service or traffic class
   */
  Insertion insert(Packet fragment, int at, int start, int to, int dsField) {
    int place = 0;
    while (place < count && starts[place] < start) {
      place++;
    }
    for (int i = 0; i < count; i++) {
      if (starts[i] <= start && to <= ends[i]) {
        return Insertion.REPEATED;
      }
    }
    if (place > 0 && ends[place - 1] > start || place < count && starts[place] < to) {
      return Insertion.OVERLAPPING;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    System.arraycopy(starts, place, starts, place + 1, count - place);
    System.arraycopy(ends, place, ends, place + 1, count - place);
    starts[place] = start;
    ends[place] = to;
    count++;
    if (to > payload.length) {
      payload = Arrays.copyOf(payload, Math.min(LARGEST_PAYLOAD, Math.max(to, 2 * payload.length)));
    }
    fragment.read(at, payload, start, to - start);
    congestionSeen |= 1 << (dsField & ECN_BITS);
    if (start == 0) {
      header = new byte[at];
      fragment.read(0, header, 0, at);
      inInterface = fragment.inInterface();
    }
    return Insertion.ADDED;
  }

  /** Bytes of payload, once it is whole. */
  int payloadBytes() {
    return end;
  }

  boolean hasFirst() {
    return header.length > 0;
  }

  boolean isWhole() {
    if (!lastSeen || !hasFirst()) {
      return false;
    }
    int reached = 0;
    for (int i = 0; i < count; i++) {
      if (starts[i] != reached) {
        return false;
      }
      reached = ends[i];
    }
    return reached == end;
  }

  /** Bytes of payload of each fragment, in order. */
  int[] sizes() {
    int[] sizes = new int[count];
    for (int i = 0; i < count; i++) {
      sizes[i] = ends[i] - starts[i];
    }
    return sizes;
  }

  /**
   * Whether the fragments' ECN fields can be of one packet: those of a transport that knows no
   * congestion do not mix with others (ip_frag_ecn_table).
   */
  boolean isConsistentlyCapable() {
    return (congestionSeen & 1) == 0 || congestionSeen == 1;
  }

  /** The ECN bits that the whole packet gets in addition: all, when one fragment met congestion. */
  int congestion() {
    return (congestionSeen & 1 << CONGESTED) != 0 && Integer.bitCount(congestionSeen) > 1
        ? CONGESTED
        : 0;
  }

  /** Copies the payload's first bytes behind a header of so many bytes. */
  void writePayload(Packet packet, int headerBytes, int bytes) {
    packet.write(headerBytes, payload, 0, bytes);
  }

  /** Copies the first fragment, as it came. */
  Packet writeFirst(Buffer buffer) {
    Packet packet = buffer.packet(header.length + ends[0], inInterface);
    packet.write(0, header, 0, header.length);
    writePayload(packet, header.length, ends[0]);
    return packet;
  }
}
