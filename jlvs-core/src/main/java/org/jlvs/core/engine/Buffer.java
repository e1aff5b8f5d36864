package org.jlvs.core.engine;

import java.lang.foreign.MemorySegment;
import org.jlvs.core.net.Packet;

/** Memory for a packet that the engine makes itself, with room before it for outer headers. */
final class Buffer {
  /** Enough for an IPv6 header with GUE, and Ethernet with a tag. */
  private static final int HEADROOM = 128;

  private static final int LARGEST_PACKET = 65_535;

  private final MemorySegment memory = MemorySegment.ofArray(new byte[HEADROOM + LARGEST_PACKET]);
  private final Packet packet = new Packet();

  /** An empty packet of {@code length} bytes, whose bytes are whatever was there before. */
  Packet packet(int length, int inInterface) {
    return packet.wrap(memory, HEADROOM, length, inInterface);
  }

  /** Copies {@code length} bytes of a packet to a place in this buffer's packet. */
  void copy(Packet from, int offset, int to, int length) {
    MemorySegment.copy(from.buffer(), from.start() + offset, memory, HEADROOM + to, length);
  }
}
