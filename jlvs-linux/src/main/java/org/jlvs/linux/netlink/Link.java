package org.jlvs.linux.netlink;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network interface.
 *
 * @param index its number in its namespace
 * @param kind as {@code ip link} has it: {@code veth}, {@code bridge}, {@code vlan}…; empty for a
 *     device of hardware and for loopback
 * @param mac null when it has no Ethernet address
 * @param mtu largest IP packet in bytes
 * @param flags IFF_ flags
 * @param master index of the bridge or bond it belongs to; 0 when none
 * @param lower index of the device under it (of a VLAN) or its peer (of a veth, in the peer's
 *     namespace); 0 when none
 * @param rxQueues how many receive queues it has
 * @param xdp the program attached to it
 */
public record Link(
    int index,
    String name,
    String kind,
    @Nullable MacAddress mac,
    int mtu,
    int flags,
    int master,
    int lower,
    int rxQueues,
    Optional<AttachedProgram> xdp) {

  /**
   * An XDP program on a device.
   *
   * @param programId its number, for {@code BpfProgram.openId}
   */
  public record AttachedProgram(XdpMode mode, int programId) {}

  static final int HEADER_BYTES = 16;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_XDP = 43;
  static final int IFLA_XDP_FD = 1;
  static final int IFLA_XDP_FLAGS = 3;
  static final int IFLA_XDP_EXPECTED_FD = 8;

  private static final int IFF_UP = 1;
  private static final int IFF_LOOPBACK = 8;
  private static final int IFF_RUNNING = 0x40;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_NUM_RX_QUEUES = 32;
  private static final int IFLA_XDP_ATTACHED = 2;
  private static final int IFLA_XDP_PROG_ID = 4;
  private static final int XDP_ATTACHED_MULTI = 4;
  private static final int IFLA_XDP_DRV_PROG_ID = 5;

  /** Whether the operator wants it up. */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /** Whether it is up and has a carrier. */
  public boolean isRunning() {
    return (flags & IFF_RUNNING) != 0;
  }

  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  static Optional<Link> parse(NetlinkMessage message) {
    // With family AF_BRIDGE it is about a bridge's port: "removed" then means it left the bridge.
    if (!message.hasHeader(HEADER_BYTES) || message.u8(0) != RouteSocket.AF_UNSPEC) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(HEADER_BYTES);
    return Optional.of(
        new Link(
            message.s32(4),
            attributes.text(IFLA_IFNAME, ""),
            attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND, ""),
            MacAddress.of(attributes.bytes(IFLA_ADDRESS)),
            attributes.u32(IFLA_MTU, 0),
            message.s32(8),
            attributes.u32(IFLA_MASTER, 0),
            attributes.u32(IFLA_LINK, 0),
            attributes.u32(IFLA_NUM_RX_QUEUES, 1),
            attached(attributes.nested(IFLA_XDP))));
  }

  private static Optional<AttachedProgram> attached(Attributes xdp) {
    int attached = xdp.u8(IFLA_XDP_ATTACHED, 0);
    if (attached == XDP_ATTACHED_MULTI) {
      // Beside one in hardware; the one in the driver is the one that can be replaced.
      return Optional.of(new AttachedProgram(XdpMode.NATIVE, xdp.u32(IFLA_XDP_DRV_PROG_ID, 0)));
    }
    for (XdpMode mode : XdpMode.values()) {
      if (mode.attached() == attached) {
        return Optional.of(new AttachedProgram(mode, xdp.u32(IFLA_XDP_PROG_ID, 0)));
      }
    }
    return Optional.empty();
  }
}
