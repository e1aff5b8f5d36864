package org.jlvs.linux.netlink;

import java.util.Optional;

/**
 * A rule of policy routing that sends packets to a table for their mark alone (ip-rule(8)).
 *
 * @param ipv6 whether it is about IPv6 packets, else IPv4
 * @param priority the lowest comes first
 * @param mark what a packet's mark has to be under the mask
 * @param mask of the mark's bits that count
 * @param table as {@link Route#table}
 */
public record RoutingRule(boolean ipv6, int priority, int mark, int mask, int table) {
  static final int HEADER_BYTES = 12;

  private static final int FRA_PRIORITY = 6;
  private static final int FRA_FWMARK = 10;
  private static final int FRA_TABLE = 15;
  private static final int FRA_FWMASK = 16;
  private static final int[] OTHER_CONDITIONS = {
    1, // FRA_DST
    2, // FRA_SRC
    3, // FRA_IIFNAME
    17, // FRA_OIFNAME
    20, // FRA_UID_RANGE
    22, // FRA_IP_PROTO
    23, // FRA_SPORT_RANGE
    24, // FRA_DPORT_RANGE
  };
  private static final int FR_ACT_TO_TBL = 1;
  private static final int FIB_RULE_INVERT = 2;

  /** Whether a packet with this mark is sent to the table. */
  public boolean matches(int packetMark) {
    return (packetMark & mask) == mark;
  }

  /** The rule in a message; empty for one that asks for other things than a mark. */
  static Optional<RoutingRule> parse(NetlinkMessage message) {
    if (!message.isAboutIp(HEADER_BYTES)) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(HEADER_BYTES);
    boolean byMarkAlone =
        attributes.has(FRA_FWMARK)
            && message.u8(3) == 0
            && message.u8(7) == FR_ACT_TO_TBL
            && (message.s32(8) & FIB_RULE_INVERT) == 0;
    for (int condition : OTHER_CONDITIONS) {
      byMarkAlone &= !attributes.has(condition);
    }
    return byMarkAlone
        ? Optional.of(
            new RoutingRule(
                message.u8(0) == RouteSocket.AF_INET6,
                attributes.u32(FRA_PRIORITY, 0),
                attributes.u32(FRA_FWMARK, 0),
                attributes.u32(FRA_FWMASK, -1),
                attributes.u32(FRA_TABLE, message.u8(4))))
        : Optional.empty();
  }
}
