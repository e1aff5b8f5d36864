package org.jlvs.core.net;

import java.util.Optional;

/**
 * An IP address without name, scope or port. IPv4 is kept in the low 32 bits of {@code low} (first
 * octet highest) with {@code high} zero; IPv6 is kept as two big-endian halves. Immutable.
 *
 * @param family which of the two
 * @param high the first eight bytes of an IPv6 address, 0 for IPv4
 * @param low the last eight bytes of an IPv6 address, or the IPv4 address as an unsigned number
 */
public record Address(Family family, long high, long low) {

  /** The IPv4 address whose first octet is the highest byte of {@code bits}. */
  public static Address ipv4(int bits) {
    return new Address(Family.IPV4, 0, bits & 0xffff_ffffL);
  }

  /** The IPv6 address of two big-endian halves. */
  public static Address ipv6(long high, long low) {
    return new Address(Family.IPV6, high, low);
  }

  /** The address in {@code bytes}, which are 4 or 16 in network order. */
  public static Address of(byte[] bytes) {
    if (bytes.length == 4) {
      return ipv4((int) number(bytes, 0, 4));
    }
    if (bytes.length == 16) {
      return ipv6(number(bytes, 0, 8), number(bytes, 8, 8));
    }
    throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
  }

  /**
   * Reads an address in its usual text form: four decimal numbers without leading zeros' octal
   * meaning (as {@code inet_pton} takes it), or RFC 4291 text without zone. Never asks a name
   * server.
   */
  public static Optional<Address> parse(String text) {
    return text.indexOf(':') >= 0 ? AddressText.parseIpv6(text) : AddressText.parseIpv4(text);
  }

  /** As {@link #parse}, for constants. */
  public static Address of(String text) {
    return parse(text)
        .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + text));
  }

  public boolean isIpv4() {
    return family == Family.IPV4;
  }

  /** The IPv4 address as a number, first octet highest. Meaningless for IPv6. */
  public int ipv4Bits() {
    return (int) low;
  }

  /** Whether all bits are zero. */
  public boolean isAny() {
    return high == 0 && low == 0;
  }

  /** The address in network order: 4 or 16 bytes. */
  public byte[] bytes() {
    byte[] bytes = new byte[family.addressBytes()];
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      bytes[i] = (byte) (fromEnd < 8 ? low >>> (8 * fromEnd) : high >>> (8 * (fromEnd - 8)));
    }
    return bytes;
  }

  /**
   * The netmask whose first bits are set.
   *
   * @throws IllegalArgumentException when a family's addresses do not have so many bits
   */
  public static Address mask(Family family, int prefixLength) {
    if (prefixLength < 0 || prefixLength > 8 * family.addressBytes()) {
      throw new IllegalArgumentException(
          "prefix length " + prefixLength + " is not within 0-" + 8 * family.addressBytes());
    }
    Address ones = family == Family.IPV4 ? ipv4(-1) : ipv6(-1, -1);
    return ones.masked(prefixLength);
  }

  /** How many bits are set before the first that is not. */
  public int leadingOnes() {
    if (isIpv4()) {
      return Integer.numberOfLeadingZeros(~ipv4Bits());
    }
    return high == -1 ? 64 + Long.numberOfLeadingZeros(~low) : Long.numberOfLeadingZeros(~high);
  }

  /** This address with the bits cleared that are not set in a netmask of its family. */
  public Address masked(Address mask) {
    return new Address(family, high & mask.high, low & mask.low);
  }

  /** This address with all but its first {@code prefixLength} bits cleared. */
  public Address masked(int prefixLength) {
    if (isIpv4()) {
      return ipv4(prefixLength == 0 ? 0 : ipv4Bits() & (-1 << (32 - prefixLength)));
    }
    long highMask = prefixLength == 0 ? 0 : prefixLength >= 64 ? -1L : -1L << (64 - prefixLength);
    long lowMask = prefixLength <= 64 ? 0 : prefixLength >= 128 ? -1L : -1L << (128 - prefixLength);
    return ipv6(high & highMask, low & lowMask);
  }

  /** Text as {@code inet_ntop} writes it: dotted decimal, or RFC 5952. */
  @Override
  public String toString() {
    return isIpv4() ? AddressText.formatIpv4(ipv4Bits()) : AddressText.formatIpv6(high, low);
  }

  private static long number(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | (bytes[from + i] & 0xff);
    }
    return value;
  }
}
