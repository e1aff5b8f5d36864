package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Server;
import org.jspecify.annotations.Nullable;

/**
 * ICMP errors of routers and servers about the packets of the director's own tunnels, of either
 * family inside and outside, and packets of all sizes into these tunnels.
 */
final class TunnelErrorTraffic {
  private static final String DIRECTOR = "10.1.0.254";
  private static final String DIRECTOR_IPV6 = "2001:db8:1::fe";
  private static final List<String> OTHERS =
      List.of("10.0.0.254", "10.0.0.100", "198.18.0.1", "10.9.9.9");
  private static final List<String> OTHERS_IPV6 =
      List.of("2001:db8::fe", "2001:db8::100", "2001:db8:c::1", "2001:db8:9::9");
  private static final int IPIP = 4;
  private static final int IPV6_IN_IP = 41;
  private static final int GRE = 47;
  private static final int UDP = 17;
  private static final int UDP_BYTES = 8;
  private static final int GUE_PORT = 6080;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;

  /** Flags and version: mostly what the director sends, then what it doesn't know. */
  private static final List<Integer> GRE_FLAGS = List.of(0, 0, 0x8000, 0x8000, 0x2000, 1);

  /** Version, control bit and words of options. */
  private static final List<Integer> GUE_FIRST = List.of(0, 0, 0, 1, 2, 0x20, 0x40);

  private static final List<Integer> MTUS = List.of(0, 60, 552, 700, 1100, 1300, 1480, 1500, 1600);

  private final Dice dice;
  private final Wires wires;
  private final Conversations conversations;

  TunnelErrorTraffic(Dice dice, Wires wires, Conversations conversations) {
    this.dice = dice;
    this.wires = wires;
    this.conversations = conversations;
  }

  /**
   * What a tunnel puts behind its IP header.
   *
   * @param fits whether it is a tunnel that the server has, if it has one
   * @param options bytes between the header and the client's packet
   */
  private record Encapsulation(
      boolean fits, String kind, int gueFirst, int greFlags, int options, boolean otherInner) {
    private String kindOf(String forwarding) {
      if (!fits || !forwarding.startsWith("-i")) {
        return kind;
      }
      return forwarding.contains("gre") ? "gre" : forwarding.contains("gue") ? "gue" : "ipip";
    }

    private static int port(String forwarding) {
      String[] words = forwarding.split(" ");
      int at = Arrays.asList(words).indexOf("--tun-port");
      return at < 0 ? GUE_PORT : Integer.parseInt(words[at + 1]);
    }

    /** The outer packet from its IP header's end on, as that header names its protocol. */
    PacketBuilder wrap(PacketBuilder outer, byte[] inner, String forwarding) {
      boolean ipv6 = inner[0] >>> 4 == 6 != otherInner;
      int protocol = ipv6 ? IPV6_IN_IP : IPIP;
      return switch (kindOf(forwarding)) {
        case "gre" -> {
          ByteBuffer header = ByteBuffer.allocate(4 + (greFlags == 0 ? 0 : 4));
          header.putShort((short) greFlags);
          header.putShort((short) (ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4));
          yield outer.protocol(GRE).piece(joined(header.array(), inner));
        }
        case "gue" -> {
          int length = UDP_BYTES + 4 + options + inner.length;
          ByteBuffer header = ByteBuffer.allocate(UDP_BYTES + 4 + options);
          header.putShort((short) 0x9001).putShort((short) port(forwarding));
          header.putShort((short) length).putShort((short) 0);
          header.put((byte) gueFirst).put((byte) protocol);
          yield outer.protocol(UDP).piece(joined(header.array(), inner));
        }
        default -> outer.protocol(protocol).piece(inner);
      };
    }

    private static byte[] joined(byte[] first, byte[] second) {
      return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }
  }

  private Encapsulation encapsulation() {
    int gueFirst = dice.one(GUE_FIRST);
    int options = dice.chance(90) ? (gueFirst & 0x1f) * 4 : 0;
    return new Encapsulation(
        dice.chance(75),
        dice.one(List.of("ipip", "gre", "gue")),
        gueFirst,
        dice.one(GRE_FLAGS),
        options,
        dice.chance(5));
  }

  /** Type, code and the four bytes behind the checksum. */
  private record Complaint(int type, int code, int rest) {}

  private Complaint complaint(boolean ipv6) {
    if (ipv6) {
      return switch (dice.below(6)) {
        case 0 -> new Complaint(1, dice.below(7), 0);
        case 1, 2, 3 -> new Complaint(2, 0, 1280 + dice.below(240));
        case 4 -> new Complaint(3, dice.below(2), 0);
        default -> new Complaint(4, dice.below(3), 40);
      };
    }
    return switch (dice.below(9)) {
      case 0, 1 -> new Complaint(3, dice.below(4), 0);
      case 2, 3, 4 -> new Complaint(3, 4, dice.one(MTUS));
      case 5 -> new Complaint(4, 0, 0);
      case 6 -> new Complaint(5, 1, 0x0a010009);
      case 7 -> new Complaint(11, dice.below(2), 0);
      default -> new Complaint(12, 0, 0);
    };
  }

  /** One or the other. */
  void next(Session session) {
    if (dice.chance(40)) {
      large(session);
    } else {
      aboutRequest(session);
    }
  }

  /** A client's packet that may or may not go through the tunnel in one piece. */
  private void large(Session session) {
    if (session.transport == Transport.SCTP) {
      conversations.goOn(session);
      return;
    }
    int room = session.mostPayload();
    PacketBuilder request = conversations.request(session);
    if (session.transport == Transport.TCP) {
      request.ack();
    }
    session.request =
        wires.send(true, request.payload(dice.chance(50) ? room - 60 : dice.below(room)));
  }

  /** About what the director made of the client's last packet, whatever tunnel the server has. */
  void aboutRequest(Session session) {
    wires.request(session.request).ifPresent(request -> about(session, request));
  }

  private void about(Session session, byte[] request) {
    byte[] inner = Arrays.copyOfRange(request, Wires.ETHERNET_BYTES, request.length);
    Encapsulation encapsulation = encapsulation();
    Complaint complaint = complaint(false);
    Complaint ipv6Complaint = complaint(true);
    boolean router = dice.chance(50);
    boolean otherFamily = dice.chance(15);
    int destination = dice.chance(85) ? -1 : dice.below(OTHERS.size());
    int source = dice.chance(90) ? -1 : dice.below(OTHERS.size());
    int most = dice.chance(30) ? 60 : dice.chance(10) ? 20 + dice.below(80) : 576;
    int checksumError = dice.chance(4) ? 0x1111 : 0;
    wires.waitForTick();
    wires.answer(
        session.request,
        machine -> {
          Server known = server(session, machine);
          boolean ipv6 = (known == null ? session.ipv6 : known.ipv6()) != otherFamily;
          String server = Wires.server(machine, ipv6);
          PacketBuilder about =
              Wires.addresses(PacketBuilder.eth(), director(ipv6, source), server);
          byte[] outer =
              encapsulation.wrap(about, inner, known == null ? "" : known.forwarding()).build();
          int end = Math.min(outer.length, Wires.ETHERNET_BYTES + most);
          String from = router ? Wires.server(Wires.MACHINES, ipv6) : server;
          Complaint of = ipv6 ? ipv6Complaint : complaint;
          return Wires.packet(false, from, director(ipv6, destination))
              .icmp(of.type, of.code)
              .icmpRest(of.rest)
              .checksumError(checksumError)
              .payload(Arrays.copyOfRange(outer, Wires.ETHERNET_BYTES, end));
        });
  }

  private static @Nullable Server server(Session session, int machine) {
    return session.service.servers.stream()
        .filter(server -> server.number() == machine)
        .findFirst()
        .orElse(null);
  }

  /** The address its tunnels begin at, or another one. */
  private static String director(boolean ipv6, int other) {
    if (other < 0) {
      return ipv6 ? DIRECTOR_IPV6 : DIRECTOR;
    }
    return (ipv6 ? OTHERS_IPV6 : OTHERS).get(other);
  }
}
