package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;

/**
 * Packets of clients and servers in pieces, not always in order or whole, and IPv6's extension
 * headers.
 */
final class FragmentTraffic {
  /** Of what stands behind the fragment header; with all headers it fits the MTU. */
  private static final int LONGEST_PIECE = 1400;

  private static final int ICMP = 1;

  private final Dice dice;
  private final Wires wires;
  private final Conversations conversations;

  private final ErrorTraffic errors;

  FragmentTraffic(Dice dice, Wires wires, Conversations conversations, ErrorTraffic errors) {
    this.dice = dice;
    this.wires = wires;
    this.conversations = conversations;
    this.errors = errors;
  }

  /** The client's next segment, datagram or chunk in pieces. */
  void pieces(Session session) {
    if (session.ipv6) {
      send(session, ipv6Pieces(session));
    } else {
      send(session, ipv4Pieces(session, session.transport.number, ipv4Transport(session)));
    }
  }

  /** A question of ping, or an error about what a server sent, from the client in pieces. */
  void icmpPieces(Session session) {
    if (session.ipv6) {
      return;
    }
    PacketBuilder whole =
        dice.chance(50)
            ? Wires.packet(true, session.client, session.virtual)
                .icmp(8, 0)
                .icmpRest(7)
                .payload(40 + dice.below(1000))
            : errors.aboutReply(session, session.client);
    wires.waitForTick();
    send(session, ipv4Pieces(session, ICMP, payload(whole, 20)));
  }

  /** What a server answers, in two pieces. */
  void serversPieces(Session session) {
    if (session.ipv6) {
      return;
    }
    int length = 4 * (10 + dice.below(300));
    int first = 8 * (length / 16 + 3);
    int identification = 0x6000 + dice.below(0x1000);
    int request = session.request;
    List<Boolean> order = dice.chance(40) ? List.of(false, true) : List.of(true, false);
    for (boolean begins : order) {
      wires.answer(
          request,
          machine -> {
            byte[] transport = serversTransport(session, machine, length);
            int from = begins ? 0 : first;
            int end = begins ? first : transport.length;
            return Wires.packet(false, Wires.server(machine, false), session.client)
                .id(identification)
                .protocol(session.transport.number)
                .fragment(from, begins)
                .piece(Arrays.copyOfRange(transport, from, end));
          });
    }
  }

  private static byte[] serversTransport(Session session, int machine, int length) {
    int port = session.serverPort(machine);
    if (session.transport == Transport.SCTP) {
      return Transport.sctp(port, session.clientPort, 0, length, true);
    }
    PacketBuilder whole =
        Conversations.reply(session, machine, port).flags(PacketBuilder.ACK).payload(length);
    return payload(whole, 20);
  }

  private void send(Session session, List<PacketBuilder> pieces) {
    List<PacketBuilder> sent = dice.chance(40) ? pieces.reversed() : pieces;
    if (dice.chance(15)) {
      sent.removeLast();
    }
    for (PacketBuilder piece : sent) {
      session.request = wires.send(true, piece);
    }
  }

  /** Bytes of all pieces but the last. */
  private int pieceBytes(int length) {
    int pieces = 2 + dice.below(2);
    return (length / pieces / 8 + 1) * 8;
  }

  private byte[] ipv4Transport(Session session) {
    int length = 40 + 8 * dice.below(200);
    if (session.transport == Transport.SCTP) {
      int chunk = dice.below(2);
      return Transport.sctp(session.clientPort, session.virtualPort, chunk, length, true);
    }
    return payload(conversations.request(session).flags(PacketBuilder.ACK).payload(length), 20);
  }

  /**
   * Pieces of one size but for the last, or a larger one and the rest. Where the last is larger
   * than the first, or one in the middle smaller, it depends on the kernel's memory how it cuts the
   * packet again.
   */
  private List<PacketBuilder> ipv4Pieces(Session session, int protocol, byte[] transport) {
    // In units of eight bytes.
    int half = transport.length / 16;
    int size =
        dice.chance(30) ? 8 * (half + 1 + dice.below(half - 1)) : pieceBytes(transport.length);
    int identification = 0x4000 + dice.below(0x1000);
    List<PacketBuilder> pieces = new ArrayList<>();
    for (int at = 0; at < transport.length; at += size) {
      int end = Math.min(transport.length, at + size);
      pieces.add(
          Wires.packet(true, session.client, session.virtual)
              .id(identification)
              .protocol(protocol)
              .fragment(at, end < transport.length)
              .piece(Arrays.copyOfRange(transport, at, end)));
    }
    return pieces;
  }

  private static byte[] payload(PacketBuilder packet, int headerBytes) {
    byte[] frame = packet.build();
    return Arrays.copyOfRange(frame, Wires.ETHERNET_BYTES + headerBytes, frame.length);
  }

  private byte[] ipv6Transport(Session session) {
    PacketBuilder whole = conversations.request(session);
    return switch (session.transport) {
      case TCP -> {
        int flags = dice.chance(40) ? PacketBuilder.SYN : PacketBuilder.ACK;
        yield payload(whole.flags(flags).payload(40 + dice.below(1600)), 40);
      }
      case UDP -> payload(whole.payload(40 + dice.below(1600)), 40);
      case SCTP -> {
        int chunk = dice.below(2);
        int length = 40 + 4 * dice.below(300);
        yield Transport.sctp(session.clientPort, session.virtualPort, chunk, length, true);
      }
    };
  }

  private List<PacketBuilder> ipv6Pieces(Session session) {
    // What the kernel's host gets behind other headers than these, it reads from a wrong offset.
    List<Integer> inEach = dice.chance(25) ? List.of(Ipv6Extensions.HOP_BY_HOP) : List.of();
    List<Integer> inside = dice.chance(25) ? Ipv6Extensions.some(dice) : List.of();
    inside = inside.stream().filter(header -> header != Ipv6Extensions.HOP_BY_HOP).toList();
    int transport = session.transport.number;
    byte[] cut = Ipv6Extensions.before(inside, transport, ipv6Transport(session));
    int next = Ipv6Extensions.first(inside, transport);
    boolean inOne = dice.chance(10) && cut.length <= LONGEST_PIECE;
    int size = inOne ? cut.length : pieceBytes(cut.length);
    int identification = 0x40000 + dice.below(0x10000);
    List<PacketBuilder> pieces = new ArrayList<>();
    for (int at = 0; at < cut.length; at += size) {
      int end = Math.min(cut.length, at + size);
      byte[] piece = Arrays.copyOfRange(cut, at, end);
      byte[] fragment = Ipv6Extensions.fragment(next, at, end < cut.length, identification, piece);
      byte[] payload = Ipv6Extensions.before(inEach, Ipv6Extensions.FRAGMENT, fragment);
      PacketBuilder packet =
          Wires.packet(true, session.client, session.virtual)
              .protocol(Ipv6Extensions.first(inEach, Ipv6Extensions.FRAGMENT))
              .piece(payload);
      pieces.add(packet);
    }
    if (dice.chance(10)) {
      pieces.add(pieces.getFirst());
    }
    return pieces;
  }

  /** A whole IPv6 packet with headers before that of its transport. */
  void extended(Session session) {
    List<Integer> headers = Ipv6Extensions.some(dice);
    byte[] transport = payload(conversations.request(session).syn().payload(dice.below(40)), 40);
    session.request =
        wires.send(
            true,
            Wires.packet(true, session.client, session.virtual)
                .protocol(Ipv6Extensions.first(headers, session.transport.number))
                .piece(Ipv6Extensions.before(headers, session.transport.number, transport)));
  }
}
