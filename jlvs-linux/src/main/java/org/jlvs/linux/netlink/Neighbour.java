package org.jlvs.linux.netlink;

import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the host knows of a neighbour on a link (ARP, NDP).
 *
 * @param mac null while unknown
 * @param state or'ed NUD_ bits as the kernel sets them, usually one
 */
public record Neighbour(
    int interfaceIndex, InetAddress address, @Nullable MacAddress mac, int state) {
  public static final int NUD_INCOMPLETE = 0x01;
  public static final int NUD_REACHABLE = 0x02;
  public static final int NUD_STALE = 0x04;
  public static final int NUD_DELAY = 0x08;
  public static final int NUD_PROBE = 0x10;
  public static final int NUD_FAILED = 0x20;
  public static final int NUD_NOARP = 0x40;
  public static final int NUD_PERMANENT = 0x80;

  static final int HEADER_BYTES = 12;
  static final int NDA_DST = 1;

  private static final int NDA_LLADDR = 2;

  /** The kernel's NUD_CONNECTED: the address is known to be right. */
  public boolean isConnected() {
    return mac != null && (state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)) != 0;
  }

  /** The kernel's NUD_VALID: the address was right once and is used until proven wrong. */
  public boolean isValid() {
    return isConnected() || (mac != null && (state & (NUD_PROBE | NUD_STALE | NUD_DELAY)) != 0);
  }

  static Optional<Neighbour> parse(NetlinkMessage message) {
    // With family AF_BRIDGE it is an entry of a bridge's or tunnel's forwarding table.
    if (!message.isAboutIp(HEADER_BYTES)) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(HEADER_BYTES);
    InetAddress address = attributes.address(NDA_DST);
    return address == null
        ? Optional.empty()
        : Optional.of(
            new Neighbour(
                message.s32(4),
                address,
                MacAddress.of(attributes.bytes(NDA_LLADDR)),
                message.u16(8)));
  }
}
