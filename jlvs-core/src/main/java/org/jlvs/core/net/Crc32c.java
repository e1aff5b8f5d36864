package org.jlvs.core.net;

/**
 * The CRC-32C of SCTP (RFC 9260, appendix A) over a packet's bytes, eight at a time by tables
 * (Kounavis and Berry's slicing). Allocates nothing, which {@link java.util.zip.CRC32C} would need
 * to for memory of the packet ring. Threads may share it.
 */
public final class Crc32c {
  /** Castagnoli's polynomial, lowest bit first. */
  private static final int POLYNOMIAL = 0x82f63b78;

  private static final int SLICES = 8;

  /** At {@code slice * 256 + byte}: what the byte adds when {@code slice} bytes follow it. */
  private static final int[] TABLE = tables();

  private Crc32c() {}

  private static int[] tables() {
    int[] table = new int[SLICES * 256];
    for (int value = 0; value < 256; value++) {
      int remainder = value;
      for (int bit = 0; bit < 8; bit++) {
        remainder = (remainder & 1) != 0 ? remainder >>> 1 ^ POLYNOMIAL : remainder >>> 1;
      }
      table[value] = remainder;
    }
    for (int i = 256; i < table.length; i++) {
      table[i] = table[table[i - 256] & 0xff] ^ table[i - 256] >>> 8;
    }
    return table;
  }

  /** The checksum of a stretch of bytes; SCTP puts it into its header lowest byte first. */
  public static int of(Packet packet, int offset, int length) {
    int remainder = -1;
    int at = offset;
    int end = offset + length;
    for (; at + SLICES <= end; at += SLICES) {
      int first = remainder ^ Integer.reverseBytes(packet.i32(at));
      int second = Integer.reverseBytes(packet.i32(at + 4));
      remainder = slices(first, 4) ^ slices(second, 0);
    }
    for (; at < end; at++) {
      remainder = TABLE[(remainder ^ packet.u8(at)) & 0xff] ^ remainder >>> 8;
    }
    return ~remainder;
  }

  /** What four bytes, the first one lowest, add when {@code following} more come after them. */
  private static int slices(int bytes, int following) {
    return TABLE[(following + 3) * 256 + (bytes & 0xff)]
        ^ TABLE[(following + 2) * 256 + (bytes >>> 8 & 0xff)]
        ^ TABLE[(following + 1) * 256 + (bytes >>> 16 & 0xff)]
        ^ TABLE[following * 256 + (bytes >>> 24)];
  }
}
