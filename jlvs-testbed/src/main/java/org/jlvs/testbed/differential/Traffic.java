package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Kind;
import org.jlvs.testbed.differential.Configuration.Server;
import org.jlvs.testbed.differential.Configuration.Service;

/**
 * Random packets of clients, servers and routers: mostly conversations as programs have them, now
 * and then what no program would send.
 */
final class Traffic {
  private static final String CLIENT_WIRE = "c0";
  private static final String SERVER_WIRE = "r0";
  private static final int MACHINES = 9;
  private static final int MOST_SESSIONS = 12;
  private static final int ETHERNET_BYTES = 14;

  /** A protocol with ports. */
  private enum Transport {
    TCP(6, 20),
    UDP(17, 8),
    SCTP(132, 28);

    private final int number;

    /** Bytes that are no payload. */
    private final int header;

    Transport(int number, int header) {
      this.number = number;
      this.header = header;
    }
  }

  /** One client's conversation with a virtual service. */
  private static final class Session {
    final boolean ipv6;
    final Transport transport;
    final String client;
    final int clientPort;
    final String virtual;
    final int virtualPort;
    final Service service;

    /** The last frame that a server may answer, or 0. */
    int request;

    /** How far a TCP connection has come: 0 is before its SYN. */
    int stage;

    Session(
        Transport transport,
        String client,
        int clientPort,
        String virtual,
        int virtualPort,
        Service service) {
      this.ipv6 = service.ipv6;
      this.transport = transport;
      this.client = client;
      this.clientPort = clientPort;
      this.virtual = virtual;
      this.virtualPort = virtualPort;
      this.service = service;
    }
  }

  private final Random random;
  private final Configuration configuration;
  private final List<Session> sessions = new ArrayList<>();
  private final List<Step> steps;
  private int frames;
  private boolean portZeroUsed;

  /**
   * @param steps takes the frames
   */
  Traffic(Random random, Configuration configuration, List<Step> steps) {
    this.random = random;
    this.configuration = configuration;
    this.steps = steps;
  }

  private boolean chance(int percent) {
    return configuration.chance(percent);
  }

  private <T> T one(List<T> of) {
    return configuration.one(of);
  }

  /** One more packet, or some that belong together. */
  void next() {
    if (sessions.isEmpty() || chance(sessions.size() < MOST_SESSIONS ? 30 : 3)) {
      begin();
      return;
    }
    Session session = one(sessions);
    switch (random.nextInt(20)) {
      case 0 -> errorFromServer(session);
      case 1 -> errorFromClient(session);
      case 2 -> fragments(session);
      case 3, 4 -> odd(session);
      case 5 -> stray();
      default -> goOn(session);
    }
  }

  private void begin() {
    Service service = one(configuration.services());
    Transport transport =
        switch (service.kind) {
          case TCP -> Transport.TCP;
          case UDP -> Transport.UDP;
          case SCTP -> Transport.SCTP;
          case MARK -> one(List.of(Transport.TCP, Transport.TCP, Transport.UDP, Transport.SCTP));
        };
    int port = service.port;
    if (service.kind == Kind.MARK || service.port == 0) {
      port = one(List.of(80, 443, 53, 8080));
    } else if (chance(5)) {
      port = 81;
    }
    Session session =
        new Session(
            transport,
            client(service.ipv6),
            40_000 + random.nextInt(8),
            service.address,
            port,
            service);
    sessions.add(session);
    goOn(session);
  }

  private String client(boolean ipv6) {
    int host = 1 + random.nextInt(6);
    boolean far = chance(20);
    return ipv6
        ? "2001:db8:c" + (far ? "1" : "") + "::" + host
        : "198.18." + (far ? 1 : 0) + "." + host;
  }

  // Packets of a session, from the client's side and, as a server has them, from the server's.

  private static PacketBuilder frame(boolean fromClient) {
    PacketBuilder builder = PacketBuilder.eth();
    return fromClient
        ? builder.macs("02:00:00:00:00:01", "02:00:00:00:00:fe")
        : builder.macs("02:00:00:00:01:01", "02:00:00:00:01:fe");
  }

  private static PacketBuilder addresses(
      PacketBuilder builder, boolean ipv6, String source, String destination) {
    return ipv6 ? builder.ipv6(source, destination) : builder.ipv4(source, destination);
  }

  private static PacketBuilder ports(
      PacketBuilder builder, Transport transport, int source, int target) {
    return switch (transport) {
      case TCP -> builder.tcp(source, target);
      case UDP -> builder.udp(source, target);
      case SCTP -> builder.protocol(transport.number).payload(sctp(source, target, 0, 4, true));
    };
  }

  /** An SCTP packet of one chunk (RFC 9260), with its checksum right or wrong. */
  private static byte[] sctp(int source, int target, int chunk, int length, boolean right) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + length);
    bytes.putShort((short) source).putShort((short) target).putInt(7).putInt(0);
    bytes.put((byte) chunk).put((byte) 0).putShort((short) (4 + length));
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.array());
    bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(8, (int) checksum.getValue() ^ (right ? 0 : 5));
    return bytes.array();
  }

  private PacketBuilder request(Session session) {
    PacketBuilder builder = addresses(frame(true), session.ipv6, session.client, session.virtual);
    ports(builder, session.transport, session.clientPort, session.virtualPort);
    builder.id(0x1000 + random.nextInt(0x1000)).ttl(chance(5) ? random.nextInt(4) : 64);
    if (chance(60)) {
      builder.dontFragment();
    }
    if (chance(10)) {
      builder.tos(random.nextInt(256));
    }
    return builder;
  }

  private static PacketBuilder reply(Session session, int machine, int port) {
    PacketBuilder builder =
        addresses(
            frame(false),
            session.ipv6,
            Configuration.serverAddress(machine, session.ipv6),
            session.client);
    return ports(builder, session.transport, port, session.clientPort);
  }

  /** The port by which a machine serves a session. */
  private static int serverPort(Session session, int machine) {
    for (Server server : session.service.servers) {
      if (server.number() == machine && server.port() != 0 && server.isMasqueraded()) {
        return server.port();
      }
    }
    return session.virtualPort;
  }

  private int send(boolean fromClient, PacketBuilder builder) {
    return sendBytes(fromClient, builder.build());
  }

  private int sendBytes(boolean fromClient, byte[] frame) {
    frames++;
    steps.add(
        new Step.Frame(
            frames, fromClient ? CLIENT_WIRE : SERVER_WIRE, HexFormat.of().formatHex(frame)));
    return frames;
  }

  /** What whoever received the session's last request sends. */
  private void answer(Session session, Function<Integer, PacketBuilder> byMachine) {
    if (session.request == 0) {
      return;
    }
    Map<String, String> choices = new LinkedHashMap<>();
    for (int machine = 1; machine <= MACHINES; machine++) {
      byte[] frame = byMachine.apply(machine).build();
      choices.put("rs" + machine, HexFormat.of().formatHex(frame));
    }
    frames++;
    steps.add(new Step.Answer(frames, SERVER_WIRE, session.request, choices));
  }

  private void goOn(Session session) {
    if (session.transport == Transport.TCP) {
      goOnTcp(session);
    } else if (session.transport == Transport.SCTP) {
      goOnSctp(session);
    } else if (session.request == 0 || chance(60)) {
      PacketBuilder datagram = request(session).payload(random.nextInt(40));
      if (!session.ipv6 && chance(10)) {
        datagram.withoutChecksum();
      }
      session.request = send(true, datagram);
    } else {
      int length = random.nextInt(40);
      answer(
          session,
          machine -> reply(session, machine, serverPort(session, machine)).payload(length));
    }
  }

  private void goOnSctp(Session session) {
    int chunk;
    boolean fromClient;
    if (chance(20)) {
      chunk = random.nextInt(16);
      fromClient = chance(60);
    } else {
      List<SctpTurn> turns = SCTP_TURNS;
      SctpTurn turn = turns.get(Math.min(session.stage, turns.size() - 1));
      session.stage = chance(10) ? 0 : session.stage + 1;
      chunk = turn.chunk;
      fromClient = turn.fromClient;
    }
    int length = 4 * random.nextInt(8);
    boolean right = !chance(5);
    if (fromClient) {
      byte[] bytes = sctp(session.clientPort, session.virtualPort, chunk, length, right);
      session.request = send(true, request(session).payload(bytes));
    } else {
      answer(
          session,
          machine -> {
            int port = serverPort(session, machine);
            byte[] bytes = sctp(port, session.clientPort, chunk, length, right);
            return reply(session, machine, port).payload(bytes);
          });
    }
  }

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

  private void goOnTcp(Session session) {
    if (chance(15)) {
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
    boolean ending = stage >= 8 || chance(30);
    if (!ending) {
      session.stage = 3 + random.nextInt(2);
      return;
    }
    switch (random.nextInt(6)) {
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
        chance(60)
            ? one(
                List.of(
                    PacketBuilder.SYN,
                    PacketBuilder.SYN | PacketBuilder.ACK,
                    PacketBuilder.ACK,
                    PacketBuilder.FIN,
                    PacketBuilder.RST,
                    0))
            : random.nextInt(64);
    if (chance(50)) {
      clientSends(session, flags, 0);
    } else {
      serverSends(session, flags, 0);
    }
  }

  private int payloadBytes(Session session) {
    return chance(10) ? mostPayload(session) - random.nextInt(61) : random.nextInt(60);
  }

  /** What a wire lets through: the director's interfaces have an MTU of 1500. */
  private static int mostPayload(Session session) {
    return 1500 - (session.ipv6 ? 40 : 20) - session.transport.header;
  }

  private void clientSends(Session session, int flags, int payload) {
    session.request =
        send(
            true,
            request(session).flags(flags).sequence(1000 + session.stage, 5000).payload(payload));
  }

  private void serverSends(Session session, int flags, int payload) {
    boolean direct = chance(8);
    int ttl = !direct && chance(5) ? random.nextInt(4) : 64;
    answer(
        session,
        machine -> {
          PacketBuilder builder = reply(session, machine, serverPort(session, machine));
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

  // Errors.

  /**
   * What an error says.
   *
   * @param quoted bytes of the packet it is about, behind its IP header
   */
  private record Complaint(int type, int code, int rest, int quoted, int checksumError) {
    PacketBuilder about(byte[] frame, boolean ipv6, PacketBuilder builder) {
      int bytes = Math.min(frame.length - ETHERNET_BYTES, (ipv6 ? 40 : 20) + quoted);
      return builder
          .icmp(type, code)
          .icmpRest(rest)
          .checksumError(checksumError)
          .payload(Arrays.copyOfRange(frame, ETHERNET_BYTES, ETHERNET_BYTES + bytes));
    }
  }

  private Complaint complaint(boolean ipv6) {
    int quoted = chance(50) ? 8 : 528;
    int checksumError = chance(5) ? 0x1111 : 0;
    int[] kind =
        ipv6
            ? switch (random.nextInt(6)) {
              case 0, 1 -> new int[] {1, random.nextInt(5), 0};
              case 2 -> new int[] {2, 0, 1280 + random.nextInt(200)};
              case 3 -> new int[] {3, 0, 0};
              case 4 -> new int[] {4, 1, 0};
              default -> new int[] {128, 0, 0};
            }
            : switch (random.nextInt(8)) {
              case 0, 1, 2 -> new int[] {3, random.nextInt(4), 0};
              case 3 -> new int[] {3, 4, 576 + random.nextInt(900)};
              case 4 -> new int[] {11, random.nextInt(2), 0};
              case 5 -> new int[] {4, 0, 0};
              case 6 -> new int[] {12, 0, 0};
              default -> new int[] {5, 1, 0};
            };
    return new Complaint(kind[0], kind[1], kind[2], quoted, checksumError);
  }

  private static void quotable(PacketBuilder about, Session session) {
    if (session.transport != Transport.SCTP) {
      about.payload(20);
    }
  }

  /** A server, or a router before it, about what a client sent. */
  private void errorFromServer(Session session) {
    if (session.request == 0) {
      return;
    }
    boolean router = chance(30);
    Complaint complaint = complaint(session.ipv6);
    boolean masqueraded =
        session.service.servers.stream().anyMatch(Server::isMasqueraded) && !chance(10);
    answer(
        session,
        machine -> {
          String server = Configuration.serverAddress(machine, session.ipv6);
          String target = masqueraded ? server : session.virtual;
          int port = masqueraded ? serverPort(session, machine) : session.virtualPort;
          PacketBuilder about =
              addresses(PacketBuilder.eth(), session.ipv6, session.client, target);
          ports(about, session.transport, session.clientPort, port).ttl(63);
          quotable(about, session);
          String from = router ? Configuration.serverAddress(MACHINES, session.ipv6) : server;
          PacketBuilder builder = addresses(frame(false), session.ipv6, from, session.client);
          return complaint.about(about.build(), session.ipv6, builder);
        });
  }

  /** A client, or a router before it, about what a server sent. */
  private void errorFromClient(Session session) {
    PacketBuilder about =
        addresses(PacketBuilder.eth(), session.ipv6, session.virtual, session.client);
    ports(about, session.transport, session.virtualPort, session.clientPort).ttl(63);
    quotable(about, session);
    String router = session.ipv6 ? "2001:db8:c9::9" : "198.18.9.9";
    PacketBuilder builder =
        addresses(frame(true), session.ipv6, chance(50) ? session.client : router, session.virtual);
    send(true, complaint(session.ipv6).about(about.build(), session.ipv6, builder));
  }

  // What is rare.

  /** A datagram or segment in pieces, not always in order or whole. */
  private void fragments(Session session) {
    if (session.ipv6 || session.transport == Transport.SCTP) {
      return;
    }
    int length = 40 + 8 * random.nextInt(200);
    PacketBuilder whole = request(session).flags(PacketBuilder.ACK).payload(length);
    byte[] frame = whole.build();
    byte[] transport = Arrays.copyOfRange(frame, ETHERNET_BYTES + 20, frame.length);
    int pieces = 2 + random.nextInt(2);
    int size = (transport.length / pieces / 8 + 1) * 8;
    int identification = 0x4000 + random.nextInt(0x1000);
    List<PacketBuilder> built = new ArrayList<>();
    for (int at = 0; at < transport.length; at += size) {
      int end = Math.min(transport.length, at + size);
      built.add(
          frame(true)
              .ipv4(session.client, session.virtual)
              .id(identification)
              .protocol(session.transport.number)
              .fragment(at, end < transport.length)
              .payload(Arrays.copyOfRange(transport, at, end)));
    }
    if (chance(40)) {
      built = built.reversed();
    }
    if (chance(15)) {
      built.removeLast();
    }
    for (PacketBuilder piece : built) {
      int sent = send(true, piece);
      session.request = sent;
    }
  }

  private void odd(Session session) {
    if (session.transport == Transport.SCTP) {
      return;
    }
    PacketBuilder builder = request(session);
    boolean tcp = session.transport == Transport.TCP;
    if (tcp) {
      builder.flags(chance(50) ? PacketBuilder.SYN : PacketBuilder.ACK);
    }
    builder.payload(random.nextInt(100));
    switch (random.nextInt(12)) {
      case 0 -> builder.checksumError(0x5555);
      case 1 -> builder.ipChecksumError(0x5555);
      case 2 -> builder.ttl(random.nextInt(3));
      case 3 -> builder.payload(mostPayload(session)).dontFragment();
      case 4 -> builder.payload(mostPayload(session));
      case 5 -> {
        if (!session.ipv6) {
          builder.options(one(List.of(1, 7, 0x94, 0x44)), 4, 0, 0);
        }
      }
      case 6 -> builder.truncatedTo(ETHERNET_BYTES + 20 + random.nextInt(30));
      // netfilter itself drops TCP headers that are not whole where rules look at ports.
      case 7 -> builder.totalLength((tcp ? 40 : 20) + random.nextInt(40));
      case 8 -> builder.padding(1 + random.nextInt(20));
      case 9 -> builder.protocol(one(List.of(47, 50, 132, 136, 2, 4)));
      case 10 -> {
        // A second connection from port 0 has the key of the first one, and what is sent back may
        // meet a template, whose state then is none.
        if (!portZeroUsed && !session.service.persistent) {
          builder.sourcePort(0);
          portZeroUsed = true;
        }
      }
      default -> builder.destinationPort(random.nextInt(65_536));
    }
    session.request = send(true, builder);
  }

  /** A packet that belongs to nothing. */
  private void stray() {
    boolean ipv6 = one(configuration.services()).ipv6;
    boolean fromClient = chance(60);
    String source =
        fromClient ? client(ipv6) : Configuration.serverAddress(1 + random.nextInt(6), ipv6);
    String target =
        fromClient
            ? one(
                ipv6
                    ? List.of("2001:db8::100", "2001:db8::fe", "2001:db8:1::2")
                    : List.of("10.0.0.100", "10.0.0.101", "10.0.0.254", "10.1.0.2"))
            : client(ipv6);
    PacketBuilder builder = addresses(frame(fromClient), ipv6, source, target);
    switch (random.nextInt(4)) {
      case 0 -> builder.icmp(ipv6 ? 128 : 8, 0).icmpRest(7).payload(16);
      case 1 -> builder.udp(5000, one(List.of(53, 80, 9))).payload(8);
      case 2 -> builder.tcp(one(List.of(80, 8000, 40_001)), one(List.of(80, 22))).syn();
      default -> builder.tcp(one(List.of(80, 8000, 40_001)), one(List.of(80, 22, 40_001))).ack();
    }
    send(fromClient, builder);
  }
}
