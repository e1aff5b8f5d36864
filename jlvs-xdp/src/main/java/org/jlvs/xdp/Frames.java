package org.jlvs.xdp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jlvs.core.net.Packet;

/** Ethernet headers around IP packets. MAC addresses are in the low six bytes, in wire order. */
final class Frames {
  private Frames() {}

  static final int HEADER_BYTES = 14;

  private static final int TYPE = 12;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Whether the frame at {@code offset} carries an IP packet right behind its header. */
  static boolean carriesIp(MemorySegment memory, long offset, int length) {
    if (length <= HEADER_BYTES) {
      return false;
    }
    int type = memory.get(BE16, offset + TYPE) & 0xffff;
    return type == IPV4 || type == IPV6;
  }

  /** Writes a frame of {@code packet} at {@code offset}, and answers its length. */
  static int write(
      MemorySegment memory, long offset, long destination, long source, Packet packet) {
    writeHeader(memory, offset, destination, source, packet);
    MemorySegment.copy(
        packet.buffer(), packet.start(), memory, offset + HEADER_BYTES, packet.length());
    return HEADER_BYTES + packet.length();
  }

  /** Writes the header of {@code packet}'s frame at {@code offset}. */
  static void writeHeader(
      MemorySegment memory, long offset, long destination, long source, Packet packet) {
    int type = packet.u8(0) >>> 4 == 6 ? IPV6 : IPV4;
    memory.set(U64, offset, destination | source << 48);
    memory.set(U32, offset + 8, (int) (source >>> 16));
    memory.set(BE16, offset + TYPE, (short) type);
  }
}
