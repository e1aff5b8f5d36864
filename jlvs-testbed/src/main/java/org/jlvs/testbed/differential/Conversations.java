package org.jlvs.testbed.differential;

import java.util.List;
import org.jlvs.core.net.PacketBuilder;

/** What clients and servers say to each other by TCP, UDP and SCTP, in order for the most part. */
final class Conversations {
  /** Who sends what in an association, from INIT to SHUTDOWN COMPLETE. */
  private record SctpTurn(boolean fromClient, int chunk) {}

  private static final List<SctpTurn> SCTP_TURNS =
      List.of(
          new SctpTurn(true, 1),
          new SctpTurn(false, 2),
          new SctpTurn(true, 10),
          new SctpTurn(false, 11),
          new SctpTurn(true, 0),
          new SctpTurn(false, 0),
          new SctpTurn(true, 7),
          new SctpTurn(false, 8),
          new SctpTurn(true, 14));

  private final Dice dice;
  private final Wires wires;

  Conversations(Dice dice, Wires wires) {
    this.dice = dice;
    this.wires = wires;
  }

  /** A packet of the session's client, without payload or flags. */
  PacketBuilder request(Session session) {
    PacketBuilder builder = Wires.packet(true, session.client, session.virtual);
    session.transport.ports(builder, session.clientPort, session.virtualPort);
    builder.id(0x1000 + dice.below(0x1000)).ttl(dice.chance(5) ? dice.below(4) : 64);
    if (dice.chance(60)) {
      builder.dontFragment();
    }
    if (dice.chance(10)) {
      builder.tos(dice.below(256));
    }
    return builder;
  }

  /** A packet of a server of the session, without payload or flags. */
  static PacketBuilder reply(Session session, int machine, int port) {
    String server = Wires.server(machine, session.ipv6);
    PacketBuilder builder = Wires.packet(false, server, session.client);
    return session.transport.ports(builder, port, session.clientPort);
  }

  /** One more packet of the session, or a few. */
  void goOn(Session session) {
    switch (session.transport) {
      case TCP -> goOnTcp(session);
      case SCTP -> goOnSctp(session);
      case UDP -> goOnUdp(session);
    }
  }

  private void goOnUdp(Session session) {
    if (session.request == 0 || dice.chance(60)) {
      PacketBuilder datagram = request(session).payload(dice.below(40));
      if (!session.ipv6 && dice.chance(10)) {
        datagram.withoutChecksum();
      }
      session.request = wires.send(true, datagram);
    } else {
      int length = dice.below(40);
      wires.answer(
          session.request,
          machine -> reply(session, machine, session.serverPort(machine)).payload(length));
    }
  }

  private void goOnSctp(Session session) {
    int chunk;
    boolean fromClient;
    if (dice.chance(20)) {
      chunk = dice.below(16);
      fromClient = dice.chance(60);
    } else {
      SctpTurn turn = SCTP_TURNS.get(Math.min(session.stage, SCTP_TURNS.size() - 1));
      session.stage = dice.chance(10) ? 0 : session.stage + 1;
      chunk = turn.chunk;
      fromClient = turn.fromClient;
    }
    int length = 4 * dice.below(8);
    boolean right = !dice.chance(5);
    if (fromClient) {
      byte[] bytes = Transport.sctp(session.clientPort, session.virtualPort, chunk, length, right);
      session.request = wires.send(true, request(session).payload(bytes));
    } else {
      wires.answer(
          session.request,
          machine -> {
            int port = session.serverPort(machine);
            byte[] bytes = Transport.sctp(port, session.clientPort, chunk, length, right);
            return reply(session, machine, port).payload(bytes);
          });
    }
  }

  private void goOnTcp(Session session) {
    if (dice.chance(15)) {
      unexpectedTcp(session);
      return;
    }
    int stage = session.stage++;
    switch (stage) {
      case 0 -> clientSends(session, PacketBuilder.SYN, 0);
      case 1 -> serverSends(session, PacketBuilder.SYN | PacketBuilder.ACK, 0);
      case 2 -> clientSends(session, PacketBuilder.ACK, 0);
      case 3 -> clientSends(session, PacketBuilder.ACK | PacketBuilder.PSH, payloadBytes(session));
      case 4 -> serverSends(session, PacketBuilder.ACK | PacketBuilder.PSH, payloadBytes(session));
      default -> goOnOrEnd(session, stage);
    }
  }

  private void goOnOrEnd(Session session, int stage) {
    boolean ending = stage >= 8 || dice.chance(30);
    if (!ending) {
      session.stage = 3 + dice.below(2);
      return;
    }
    switch (dice.below(6)) {
      case 0 -> clientSends(session, PacketBuilder.FIN | PacketBuilder.ACK, 0);
      case 1 -> serverSends(session, PacketBuilder.FIN | PacketBuilder.ACK, 0);
      case 2 -> {
        clientSends(session, PacketBuilder.FIN | PacketBuilder.ACK, 0);
        serverSends(session, PacketBuilder.FIN | PacketBuilder.ACK, 0);
        clientSends(session, PacketBuilder.ACK, 0);
      }
      case 3 -> clientSends(session, PacketBuilder.RST, 0);
      case 4 -> serverSends(session, PacketBuilder.RST | PacketBuilder.ACK, 0);
      default -> {
        // The same ports once more.
        session.stage = 1;
        clientSends(session, PacketBuilder.SYN, 0);
      }
    }
  }

  private void unexpectedTcp(Session session) {
    int flags =
        dice.chance(60)
            ? dice.one(
                List.of(
                    PacketBuilder.SYN,
                    PacketBuilder.SYN | PacketBuilder.ACK,
                    PacketBuilder.ACK,
                    PacketBuilder.FIN,
                    PacketBuilder.RST,
                    0))
            : dice.below(64);
    if (dice.chance(50)) {
      clientSends(session, flags, 0);
    } else {
      serverSends(session, flags, 0);
    }
  }

  private int payloadBytes(Session session) {
    return dice.chance(10) ? session.mostPayload() - dice.below(61) : dice.below(60);
  }

  private void clientSends(Session session, int flags, int payload) {
    PacketBuilder segment = request(session).flags(flags).sequence(1000 + session.stage, 5000);
    session.request = wires.send(true, segment.payload(payload));
  }

  private void serverSends(Session session, int flags, int payload) {
    boolean direct = dice.chance(8);
    int ttl = !direct && dice.chance(5) ? dice.below(4) : 64;
    wires.answer(
        session.request,
        machine -> {
          PacketBuilder builder = reply(session, machine, session.serverPort(machine));
          if (direct) {
            builder.source(session.virtual).sourcePort(session.virtualPort);
          }
          return builder
              .ttl(ttl)
              .flags(flags)
              .sequence(5000 + session.stage, 1001)
              .payload(payload);
        });
  }
}
