package org.jlvs.testbed.differential;

import java.util.List;
import org.jlvs.core.net.PacketBuilder;

/** What no program would send, and packets that belong to nothing. */
final class OddTraffic {
  private final Dice dice;
  private final Wires wires;
  private final Conversations conversations;
  private boolean portZeroUsed;

  OddTraffic(Dice dice, Wires wires, Conversations conversations) {
    this.dice = dice;
    this.wires = wires;
    this.conversations = conversations;
  }

  /** A packet of a session's client that is wrong, or strange. */
  void packet(Session session) {
    if (session.transport == Transport.SCTP) {
      return;
    }
    PacketBuilder builder = conversations.request(session);
    boolean tcp = session.transport == Transport.TCP;
    if (tcp) {
      builder.flags(dice.chance(50) ? PacketBuilder.SYN : PacketBuilder.ACK);
    }
    builder.payload(dice.below(100));
    switch (dice.below(12)) {
      case 0 -> builder.checksumError(0x5555);
      case 1 -> builder.ipChecksumError(0x5555);
      case 2 -> builder.ttl(dice.below(3));
      case 3 -> builder.payload(session.mostPayload()).dontFragment();
      case 4 -> builder.payload(session.mostPayload());
      case 5 -> {
        if (!session.ipv6) {
          builder.options(dice.one(List.of(1, 7, 0x94, 0x44)), 4, 0, 0);
        }
      }
      case 6 -> builder.truncatedTo(Wires.ETHERNET_BYTES + 20 + dice.below(30));
      // netfilter itself drops TCP headers that are not whole where rules look at ports.
      case 7 -> builder.totalLength((tcp ? 40 : 20) + dice.below(40));
      case 8 -> builder.padding(1 + dice.below(20));
      case 9 -> builder.protocol(dice.one(List.of(47, 50, 132, 136, 2, 4)));
      case 10 -> {
        // A second connection from port 0 has the key of the first one, and what is sent back may
        // meet a template, whose state then is none.
        if (!portZeroUsed && !session.service.persistent) {
          builder.sourcePort(0);
          portZeroUsed = true;
        }
      }
      default -> builder.destinationPort(dice.below(65_536));
    }
    session.request = wires.send(true, builder);
  }

  /** A packet that belongs to nothing. */
  void stray(boolean ipv6) {
    boolean fromClient = dice.chance(60);
    String source = fromClient ? Wires.client(dice, ipv6) : Wires.server(1 + dice.below(6), ipv6);
    String target =
        fromClient
            ? dice.one(
                ipv6
                    ? List.of("2001:db8::100", "2001:db8::fe", "2001:db8:1::2")
                    : List.of("10.0.0.100", "10.0.0.101", "10.0.0.254", "10.1.0.2"))
            : Wires.client(dice, ipv6);
    PacketBuilder builder = Wires.packet(fromClient, source, target);
    switch (dice.below(4)) {
      case 0 -> builder.icmp(ipv6 ? 128 : 8, 0).icmpRest(7).payload(16);
      case 1 -> builder.udp(5000, dice.one(List.of(53, 80, 9))).payload(8);
      case 2 -> builder.tcp(dice.one(List.of(80, 8000, 40_001)), dice.one(List.of(80, 22))).syn();
      default ->
          builder.tcp(dice.one(List.of(80, 8000, 40_001)), dice.one(List.of(80, 22, 40_001))).ack();
    }
    wires.send(fromClient, builder);
  }
}
