package org.jlvs.core.scheduler;

/**
 * The kernel's hsiphash of one 32-bit number as 64-bit machines compute it: SipHash-1-3 (Aumasson
 * and Bernstein, "SipHash: a fast short-input PRF") cut to 32 bits. Both halves of the key are the
 * same number.
 */
final class HalfSipHash {
  private static final long CONSTANT_0 = 0x736f6d6570736575L;
  private static final long CONSTANT_1 = 0x646f72616e646f6dL;
  private static final long CONSTANT_2 = 0x6c7967656e657261L;
  private static final long CONSTANT_3 = 0x7465646279746573L;
  private static final int FINAL_ROUNDS = 3;

  private HalfSipHash() {}

  /** The hash, an unsigned 32-bit number. */
  static long of(int number, long key) {
    long block = 4L << 56 | Integer.toUnsignedLong(number);
    long v0 = CONSTANT_0 ^ key;
    long v1 = CONSTANT_1 ^ key;
    long v2 = CONSTANT_2 ^ key;
    long v3 = CONSTANT_3 ^ key ^ block;
    for (int round = 0; round <= FINAL_ROUNDS; round++) {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
      if (round == 0) {
        v0 ^= block;
        v2 ^= 0xff;
      }
    }
    return (v0 ^ v1 ^ v2 ^ v3) & 0xffff_ffffL;
  }
}
