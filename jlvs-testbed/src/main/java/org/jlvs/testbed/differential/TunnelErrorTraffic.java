package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;

/** ICMP errors of routers and servers about the packets of the director's own tunnels. */
final class TunnelErrorTraffic {
  private static final String DIRECTOR = "10.1.0.254";
  private static final int IPIP = 4;
  private static final int GRE = 47;
  private static final int UDP = 17;
  private static final int GUE_PORT = 6080;

  /** What a tunnel puts behind its IP header. */
  private record Encapsulation(int protocol, byte[] header) {}

  private static final List<Encapsulation> ENCAPSULATIONS =
      List.of(
          new Encapsulation(IPIP, new byte[0]),
          new Encapsulation(GRE, new byte[] {0, 0, 8, 0}),
          new Encapsulation(GRE, new byte[] {(byte) 0x80, 0, 8, 0, 1, 2, 0, 0}),
          new Encapsulation(UDP, new byte[] {0, IPIP, 0, 0}),
          new Encapsulation(UDP, new byte[] {1, IPIP, 0, 0}));

  /** Type, code and the four bytes behind the checksum. */
  private static final List<List<Integer>> COMPLAINTS =
      List.of(
          List.of(3, 1, 0),
          List.of(3, 3, 0),
          List.of(3, 4, 0),
          List.of(3, 4, 60),
          List.of(3, 4, 1100),
          List.of(4, 0, 0),
          List.of(5, 1, 0x0a010009),
          List.of(11, 0, 0),
          List.of(11, 1, 0),
          List.of(12, 0, 0));

  private final Dice dice;
  private final Wires wires;

  TunnelErrorTraffic(Dice dice, Wires wires) {
    this.dice = dice;
    this.wires = wires;
  }

  /** About what the director made of the client's last packet, whatever tunnel the server has. */
  void aboutRequest(Session session) {
    if (session.ipv6) {
      return;
    }
    wires.request(session.request).ifPresent(request -> about(session.request, request));
  }

  private void about(int number, byte[] request) {
    byte[] inner = Arrays.copyOfRange(request, Wires.ETHERNET_BYTES, request.length);
    Encapsulation encapsulation = dice.one(ENCAPSULATIONS);
    List<Integer> complaint = dice.one(COMPLAINTS);
    boolean router = dice.chance(50);
    int most = dice.chance(30) ? 60 : 576;
    wires.answer(
        number,
        machine -> {
          String server = Wires.server(machine, false);
          byte[] outer =
              Wires.addresses(PacketBuilder.eth(), DIRECTOR, server)
                  .protocol(encapsulation.protocol)
                  .piece(behindOuterHeader(encapsulation, inner))
                  .build();
          int end = Math.min(outer.length, Wires.ETHERNET_BYTES + most);
          String from = router ? Wires.server(Wires.MACHINES, false) : server;
          return Wires.packet(false, from, DIRECTOR)
              .icmp(complaint.get(0), complaint.get(1))
              .icmpRest(complaint.get(2))
              .payload(Arrays.copyOfRange(outer, Wires.ETHERNET_BYTES, end));
        });
  }

  private static byte[] behindOuterHeader(Encapsulation encapsulation, byte[] inner) {
    boolean gue = encapsulation.protocol == UDP;
    int length = (gue ? 8 : 0) + encapsulation.header.length + inner.length;
    ByteBuffer bytes = ByteBuffer.allocate(length);
    if (gue) {
      bytes.putShort((short) 0x9001).putShort((short) GUE_PORT).putShort((short) length);
      bytes.putShort((short) 0);
    }
    return bytes.put(encapsulation.header).put(inner).array();
  }
}
