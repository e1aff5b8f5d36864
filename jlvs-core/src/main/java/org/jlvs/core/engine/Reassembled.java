package org.jlvs.core.engine;

import java.util.Arrays;

/**
 * What a packet was before it was put together from fragments. The one that stands for packets that
 * came whole is {@link #WHOLE}.
 */
final class Reassembled {
  static final Reassembled WHOLE = new Reassembled(new int[0], 0, false);

  private final int[] sizes;
  private final int largestPacket;
  private final boolean doNotFragment;

  /**
   * @param sizes bytes of payload of each fragment, in order
   * @param largestPacket bytes of the largest fragment with its header
   * @param doNotFragment the largest fragment forbade to fragment it further
   */
  Reassembled(int[] sizes, int largestPacket, boolean doNotFragment) {
    this.sizes = sizes;
    this.largestPacket = largestPacket;
    this.doNotFragment = doNotFragment;
  }

  /** Of a packet that carries one that was put together: no piece may be larger than those were. */
  Reassembled wrapped() {
    return isWhole() ? this : new Reassembled(new int[0], largestPacket, doNotFragment);
  }

  boolean isWhole() {
    return largestPacket == 0;
  }

  int size(int fragment) {
    return sizes[fragment];
  }

  int largestPacket() {
    return largestPacket;
  }

  boolean doNotFragment() {
    return doNotFragment;
  }

  /** Whether the sizes are known and no fragment has more payload than this. */
  boolean fits(int payloadBytes) {
    return sizes.length > 0 && Arrays.stream(sizes).allMatch(size -> size <= payloadBytes);
  }
}
