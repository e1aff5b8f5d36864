package org.jlvs.linux.netlink;

import java.net.InetAddress;
import java.util.Optional;

/**
 * An address of an interface.
 *
 * @param address the host's own, not a peer's
 * @param prefixLength of the network it is in
 * @param scope RT_SCOPE_: 0 global, 253 link, 254 host
 */
public record InterfaceAddress(
    int interfaceIndex, InetAddress address, int prefixLength, int scope) {
  static final int HEADER_BYTES = 8;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;

  static Optional<InterfaceAddress> parse(NetlinkMessage message) {
    if (!message.isAboutIp(HEADER_BYTES)) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(HEADER_BYTES);
    // On a point-to-point link IFA_ADDRESS is the peer's.
    InetAddress local = attributes.address(IFA_LOCAL);
    InetAddress address = local == null ? attributes.address(IFA_ADDRESS) : local;
    return address == null
        ? Optional.empty()
        : Optional.of(new InterfaceAddress(message.s32(4), address, message.u8(1), message.u8(3)));
  }
}
