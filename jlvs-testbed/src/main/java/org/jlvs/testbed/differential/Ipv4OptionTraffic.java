package org.jlvs.testbed.differential;

import java.util.List;
import org.jlvs.core.net.PacketBuilder;

/** Packets whose IPv4 header records the way, carries the time, or something that is none. */
final class Ipv4OptionTraffic {
  private static final int NO_OPERATION = 1;
  private static final int RECORD_ROUTE = 7;
  private static final int TIMESTAMP = 68;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int ROUTER_ALERT = 148;
  private static final int MOST_BYTES = 40;

  private final Dice dice;
  private final Wires wires;
  private final Conversations conversations;

  Ipv4OptionTraffic(Dice dice, Wires wires, Conversations conversations) {
    this.dice = dice;
    this.wires = wires;
    this.conversations = conversations;
  }

  /**
   * Of an IPv4 session's client, or of the server that got its last packet. Not where the director
   * may be the server: its host writes the server's address then, and the kernel the virtual one.
   */
  void packet(Session session) {
    if (session.service.hadLocalServer()) {
      return;
    }
    int[] options = options();
    int flags = dice.one(List.of(PacketBuilder.SYN, PacketBuilder.ACK, PacketBuilder.ACK));
    int length = dice.below(60);
    if (session.request == 0 || dice.chance(60)) {
      PacketBuilder request = conversations.request(session).flags(flags).options(options);
      if (session.transport != Transport.SCTP) {
        request.payload(length);
      }
      session.request = wires.send(true, request);
    } else {
      wires.answer(
          session.request,
          machine -> {
            PacketBuilder reply =
                Conversations.reply(session, machine, session.serverPort(machine)).options(options);
            return session.transport == Transport.SCTP ? reply : reply.flags(flags).payload(length);
          });
    }
  }

  private int[] options() {
    return switch (dice.below(8)) {
      case 0, 1, 2 -> route(RECORD_ROUTE);
      case 3, 4, 5 -> timestamp();
      case 6 -> new int[] {ROUTER_ALERT, 4, 0, 0};
      default ->
          dice.chance(70)
              ? new int[] {dice.below(256), dice.below(12), 4, 0}
              : route(LOOSE_SOURCE_ROUTE);
    };
  }

  /** Room for some addresses, of which some are taken. */
  private int[] route(int option) {
    int addresses = 1 + dice.below(4);
    int[] octets = new int[4 + 4 * addresses];
    octets[0] = NO_OPERATION;
    octets[1] = option;
    octets[2] = 3 + 4 * addresses;
    octets[3] = dice.chance(90) ? 4 + 4 * dice.below(addresses + 1) : dice.below(MOST_BYTES);
    address(octets, 4);
    return octets;
  }

  private int[] timestamp() {
    int kind = dice.one(List.of(0, 1, 3));
    int each = kind == 0 ? 4 : 8;
    int times = 1 + dice.below(3);
    int[] octets = new int[4 + each * times];
    octets[0] = TIMESTAMP;
    octets[1] = octets.length;
    octets[2] = dice.chance(90) ? 5 + each * dice.below(times + 1) : dice.below(5);
    octets[3] = dice.below(16) << 4 | kind;
    if (kind == 3) {
      address(octets, 4);
    }
    return octets;
  }

  /** The director's own, or another one. */
  private void address(int[] octets, int at) {
    octets[at] = 10;
    octets[at + 1] = dice.below(2);
    octets[at + 3] = dice.one(List.of(254, 100, 7));
  }
}
