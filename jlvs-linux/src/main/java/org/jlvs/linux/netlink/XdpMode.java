package org.jlvs.linux.netlink;

/** How an XDP program is attached to a device (XDP_FLAGS_, XDP_ATTACHED_ in if_link.h). */
public enum XdpMode {
  /** Run by the driver, on its own buffers. */
  NATIVE(1 << 2, 1),
  /** Run by the stack, on an skb: every device can. */
  GENERIC(1 << 1, 2),
  /** Run by the hardware. */
  OFFLOADED(1 << 3, 3);

  private final int flag;
  private final int attached;

  XdpMode(int flag, int attached) {
    this.flag = flag;
    this.attached = attached;
  }

  int flag() {
    return flag;
  }

  int attached() {
    return attached;
  }
}
