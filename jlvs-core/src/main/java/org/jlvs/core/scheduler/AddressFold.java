package org.jlvs.core.scheduler;

import org.jlvs.core.net.Family;

/** The 32-bit number that the hashing schedulers make of an address. */
final class AddressFold {
  private static final int GOLDEN_RATIO = 0x61c88647;

  private AddressFold() {}

  /** The IPv4 address itself, or the exclusive or of an IPv6 address's four words. */
  static int of(Family family, long high, long low) {
    if (family == Family.IPV4) {
      return (int) low;
    }
    long halves = high ^ low;
    return (int) (halves >>> 32 ^ halves);
  }

  /** The kernel's hash_32: the highest {@code bits} bits of a product. */
  static int hash(int folded, int bits) {
    return (folded * GOLDEN_RATIO) >>> (32 - bits);
  }
}
