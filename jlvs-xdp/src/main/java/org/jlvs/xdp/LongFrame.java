package org.jlvs.xdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jlvs.linux.xsk.XskSocket;

/**
 * A frame that came in several chunks, put together: a jumbo frame, or one that a sender's or the
 * own receive offload made of many. For the engine thread; allocates nothing once it is made.
 */
final class LongFrame {
  /** What {@link FrameHandler} promises before a packet, and more. */
  private static final int HEADROOM = 256;

  /** The longest IP packet in Ethernet, with tags to spare. */
  private static final int MOST_BYTES = (1 << 16) + 64;

  private final MemorySegment memory = Arena.ofAuto().allocate(HEADROOM + MOST_BYTES, 8);
  private int length;

  /**
   * Copies a frame out of the chunks a socket has taken.
   *
   * @param first its first chunk
   * @param count how many chunks were taken
   * @return its last chunk
   */
  int gather(XskSocket socket, int first, int count) {
    length = 0;
    int index = first;
    boolean whole = append(socket, index);
    while (socket.receivedContinues(index) && index + 1 < count) {
      index++;
      whole &= append(socket, index);
    }
    if (!whole || socket.receivedContinues(index)) {
      length = 0;
    }
    return index;
  }

  private boolean append(XskSocket socket, int index) {
    int bytes = socket.receivedLength(index);
    if (bytes > MOST_BYTES - length) {
      return false;
    }
    MemorySegment.copy(
        socket.memory(), socket.receivedOffset(index), memory, offset() + length, bytes);
    length += bytes;
    return true;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where it begins. */
  long offset() {
    return HEADROOM;
  }

  /** Its length in bytes; 0 for one that is longer than any can be. */
  int length() {
    return length;
  }
}
