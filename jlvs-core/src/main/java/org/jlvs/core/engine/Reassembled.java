package org.jlvs.core.engine;

import org.jspecify.annotations.Nullable;

/**
 * What a packet was before it was put together from fragments. The one that stands for packets that
 * came whole is {@link #WHOLE}.
 */
final class Reassembled {
  static final Reassembled WHOLE = new Reassembled(0, new int[0], 0, false, 0);

  /** IPSKB_FRAG_PMTU. */
  private static final int FRAGMENTS_FORBADE_IT = 1 << 6;

  private final int headerBytes;
  private final int[] sizes;
  private final int largestPacket;
  private final boolean doNotFragment;
  private final int identification;

  /**
   * @param headerBytes bytes before the payload, without a fragment header
   * @param sizes bytes of payload of each fragment, in order
   * @param largestPacket bytes of the largest fragment with its headers
   * @param doNotFragment the largest fragment forbade to fragment it further
   * @param identification what the fragments had in common
   */
  Reassembled(
      int headerBytes, int[] sizes, int largestPacket, boolean doNotFragment, int identification) {
    this.headerBytes = headerBytes;
    this.sizes = sizes;
    this.largestPacket = largestPacket;
    this.doNotFragment = doNotFragment;
    this.identification = identification;
  }

  /**
   * Of a packet that carries one that was put together: the first piece begins with the outer
   * headers. In a tunnel of the same family no piece may be larger than those were. One through
   * IPv4 forgets that limit, and one of IPv4 through IPv6 the sizes too. IPv6's limit lies where
   * IPv4 has flags, one of which says that the pieces forbade to be fragmented.
   */
  Reassembled wrapped(int outerBytes, boolean ipv4, boolean outerIpv4) {
    if (isWhole()) {
      return this;
    }
    int bytes = headerBytes + outerBytes;
    if (ipv4 == outerIpv4) {
      return new Reassembled(bytes, sizes, largestPacket, doNotFragment, identification);
    }
    boolean flagged = (largestPacket & FRAGMENTS_FORBADE_IT) != 0;
    return outerIpv4 ? new Reassembled(bytes, sizes, 0, flagged, identification) : WHOLE;
  }

  /** Of a packet whose pieces were lost when it was read; none may be larger than those were. */
  Reassembled inOnePiece() {
    return isWhole()
        ? this
        : new Reassembled(headerBytes, new int[0], largestPacket, doNotFragment, identification);
  }

  boolean isWhole() {
    return largestPacket == 0;
  }

  /** Bytes of the headers that each fragment had, without that of fragments. */
  int headerBytes() {
    return headerBytes;
  }

  int largestPacket() {
    return largestPacket;
  }

  boolean doNotFragment() {
    return doNotFragment;
  }

  int fragments() {
    return sizes.length;
  }

  int identification() {
    return identification;
  }

  /**
   * The payloads of the fragments that it can be cut into where it was cut before; null when the
   * pieces would not fit, or not begin at multiples of eight: the slow path of ip_do_fragment and
   * ip6_fragment.
   *
   * @param newHeaderBytes what each piece repeats now
   * @param room bytes of payload in the largest piece
   */
  int @Nullable [] oldSizes(int newHeaderBytes, int room) {
    if (sizes.length == 0) {
      return null;
    }
    int first = headerBytes + sizes[0] - newHeaderBytes;
    if (first <= 0 || (first & 7) != 0 && sizes.length > 1 || first > room) {
      return null;
    }
    for (int i = 1; i < sizes.length; i++) {
      if (sizes[i] > room) {
        return null;
      }
    }
    int[] pieces = sizes.clone();
    pieces[0] = first;
    return pieces;
  }
}
