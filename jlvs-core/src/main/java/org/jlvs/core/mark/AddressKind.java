package org.jlvs.core.mark;

import org.jlvs.core.net.Family;

/** What an address is to the host, as bits: an address of IPv6 can be several of them. */
public final class AddressKind {
  public static final int UNICAST = 1;
  public static final int LOCAL = 2;
  public static final int BROADCAST = 4;
  public static final int MULTICAST = 8;

  private static final long LIMITED_BROADCAST = 0xffff_ffffL;

  private AddressKind() {}

  /**
   * The bits of an address, by {@code inet_addr_type} for IPv4, and by {@code ipv6_addr_type} and
   * the local table for IPv6.
   *
   * @param high as in {@link org.jlvs.core.net.Address}, like {@code low}
   */
  static int of(HostFacts host, Family family, long high, long low) {
    if (family == Family.IPV6) {
      int kinds = host.isLocal(family, high, low) ? LOCAL : 0;
      if (high >>> 56 == 0xff) {
        return kinds | MULTICAST;
      }
      // Neither :: nor addresses that stand for one of IPv4 are unicast to ipv6_addr_type.
      boolean special = high == 0 && (low == 0 || low >>> 32 == 0xffff);
      return special ? kinds : kinds | UNICAST;
    }
    if (low == 0 || low == LIMITED_BROADCAST) {
      return BROADCAST;
    }
    if (low >>> 28 == 0xe) {
      return MULTICAST;
    }
    if (host.isLocal(family, high, low)) {
      return LOCAL;
    }
    return host.isBroadcast(low) ? BROADCAST : UNICAST;
  }
}
