package org.jlvs.testbed.differential;

import java.util.Arrays;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Server;

/** ICMP errors of clients, servers and routers about packets of sessions. */
final class ErrorTraffic {
  private final Dice dice;
  private final Wires wires;

  ErrorTraffic(Dice dice, Wires wires) {
    this.dice = dice;
    this.wires = wires;
  }

  /**
   * What an error says.
   *
   * @param quoted bytes of the packet it is about, behind its IP header
   */
  private record Complaint(int type, int code, int rest, int quoted, int checksumError) {
    PacketBuilder about(byte[] frame, boolean ipv6, PacketBuilder builder) {
      int bytes = Math.min(frame.length - Wires.ETHERNET_BYTES, (ipv6 ? 40 : 20) + quoted);
      return builder
          .icmp(type, code)
          .icmpRest(rest)
          .checksumError(checksumError)
          .payload(Arrays.copyOfRange(frame, Wires.ETHERNET_BYTES, Wires.ETHERNET_BYTES + bytes));
    }
  }

  private Complaint complaint(boolean ipv6) {
    int quoted = dice.chance(50) ? 8 : 528;
    int checksumError = dice.chance(5) ? 0x1111 : 0;
    int[] kind =
        ipv6
            ? switch (dice.below(6)) {
              case 0, 1 -> new int[] {1, dice.below(5), 0};
              case 2 -> new int[] {2, 0, 1280 + dice.below(200)};
              case 3 -> new int[] {3, 0, 0};
              case 4 -> new int[] {4, 1, 0};
              default -> new int[] {128, 0, 0};
            }
            : switch (dice.below(8)) {
              case 0, 1, 2 -> new int[] {3, dice.below(4), 0};
              case 3 -> new int[] {3, 4, 576 + dice.below(900)};
              case 4 -> new int[] {11, dice.below(2), 0};
              case 5 -> new int[] {4, 0, 0};
              case 6 -> new int[] {12, 0, 0};
              default -> new int[] {5, 1, 0};
            };
    return new Complaint(kind[0], kind[1], kind[2], quoted, checksumError);
  }

  private static PacketBuilder quotable(
      Session session, String source, int sourcePort, String destination, int destinationPort) {
    PacketBuilder about = Wires.addresses(PacketBuilder.eth(), source, destination);
    session.transport.ports(about, sourcePort, destinationPort).ttl(63);
    return session.transport == Transport.SCTP ? about : about.payload(20);
  }

  /** A server, or a router before it, about what a client sent. */
  void fromServer(Session session) {
    if (session.request == 0) {
      return;
    }
    boolean router = dice.chance(30);
    Complaint complaint = complaint(session.ipv6);
    boolean masqueraded =
        session.service.servers.stream().anyMatch(Server::isMasqueraded) && !dice.chance(10);
    wires.waitForTick();
    wires.answer(
        session.request,
        machine -> {
          String server = Wires.server(machine, session.ipv6);
          String target = masqueraded ? server : session.virtual;
          int port = masqueraded ? session.serverPort(machine) : session.virtualPort;
          PacketBuilder about = quotable(session, session.client, session.clientPort, target, port);
          String from = router ? Wires.server(Wires.MACHINES, session.ipv6) : server;
          PacketBuilder builder = Wires.packet(false, from, session.client);
          return complaint.about(about.build(), session.ipv6, builder);
        });
  }

  /** A client, or a router before it, about what a server sent. */
  void fromClient(Session session) {
    String router = session.ipv6 ? "2001:db8:c9::9" : "198.18.9.9";
    wires.waitForTick();
    wires.send(true, aboutReply(session, dice.chance(50) ? session.client : router));
  }

  /** Not sent yet. */
  PacketBuilder aboutReply(Session session, String source) {
    PacketBuilder about =
        quotable(session, session.virtual, session.virtualPort, session.client, session.clientPort);
    PacketBuilder builder = Wires.packet(true, source, session.virtual);
    return complaint(session.ipv6).about(about.build(), session.ipv6, builder);
  }
}
