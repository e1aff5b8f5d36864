package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.XdpAction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random connections and random packets, some of them broken: the kernel program must do what a
 * plain reading of the rules in Java says. The seed is in the message of a failure.
 */
@Tag("system")
class RandomPacketsTest {
  private static final int ROUNDS = 8;
  private static final int CONNECTIONS = 1500;
  private static final int PACKETS = 4000;
  private static final int ETHERNET = 14;
  private static final int TCP = 6;
  private static final int UDP = 17;

  @Test
  void theProgramDoesWhatThePlainRulesSay() throws IOException {
    try (DirectorFixture director = new DirectorFixture()) {
      for (int seed = 1; seed <= ROUNDS; seed++) {
        new Round(director, seed).play();
      }
    }
  }

  private static final class Round {
    private final DirectorFixture director;
    private final RandomGenerator random;
    private final String name;
    private final boolean listening;
    private final List<TestConnection> connections = new ArrayList<>();
    private final List<Integer> slots = new ArrayList<>();
    private final Map<Tuple, Integer> toServer = new HashMap<>();
    private final Map<Tuple, Integer> toClient = new HashMap<>();
    private final Map<Integer, Integer> missed = new HashMap<>();
    private final long[][] counters = new long[DirectorFixture.SERVERS][4];

    /** A packet's addresses and ports. */
    private record Tuple(int protocol, int source, int sourcePort, int destination, int port) {}

    Round(DirectorFixture director, int seed) {
      this.director = director;
      this.random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
      this.name = "seed " + seed;
      this.listening = seed % 2 == 0;
    }

    void play() throws IOException {
      director.clear();
      director.listening(listening);
      for (int hop = 1; hop < 8; hop++) {
        int interfaceIndex =
            hop == 5 ? DirectorFixture.LOOPBACK : DirectorFixture.OTHER_INTERFACE + hop;
        director.hop(hop, interfaceIndex, hop == 6 ? 80 : DirectorFixture.MTU, hop != 7);
      }
      director.interest("10.1.0.0", TCP, 80, DirectorLayout.INTEREST_UNMATCHED);
      for (int i = 0; i < CONNECTIONS; i++) {
        addConnection();
      }
      for (int i = 0; i < PACKETS; i++) {
        send(randomPacket().build());
      }
      for (int server = 1; server < DirectorFixture.SERVERS; server++) {
        assertThat(
                new long[] {
                  director.counter(server, ConnectionLayout.COUNTER_IN_PACKETS),
                  director.counter(server, ConnectionLayout.COUNTER_IN_BYTES),
                  director.counter(server, ConnectionLayout.COUNTER_OUT_PACKETS),
                  director.counter(server, ConnectionLayout.COUNTER_OUT_BYTES)
                })
            .as("%s: counters of server %d", name, server)
            .containsExactly(counters[server]);
      }
      for (int slot : slots) {
        assertThat(director.table.u8(slot, ConnectionLayout.MISSED_FLAGS))
            .as("%s: missed flags of slot %d", name, slot)
            .isEqualTo(missed.getOrDefault(slot, 0));
      }
    }

    private void addConnection() {
      TestConnection connection =
          new TestConnection(
              random.nextBoolean() ? TCP : UDP,
              Address.ipv4(0x0a00_0000 | random.nextInt(4)),
              1 + random.nextInt(0xffff),
              Address.ipv4(0x0a01_0000 | random.nextInt(3)),
              80 + random.nextInt(3),
              Address.ipv4(random.nextInt(8) == 0 ? random.nextInt() : 0x0a02_0000),
              8080 + random.nextInt(3),
              pick(0, 0, 3, 3, 3, 2),
              pick(0x0c, 0x0c, 0x0c, 0x04, 0x08, 0),
              random.nextInt(DirectorFixture.SERVERS),
              random.nextInt(8),
              random.nextInt(8));
      Tuple in =
          new Tuple(
              connection.protocol(),
              connection.client().ipv4Bits(),
              connection.clientPort(),
              connection.virtual().ipv4Bits(),
              connection.virtualPort());
      Tuple out =
          new Tuple(
              connection.protocol(),
              connection.server().ipv4Bits(),
              connection.serverPort(),
              connection.client().ipv4Bits(),
              connection.clientPort());
      if (toServer.containsKey(in) || toClient.containsKey(out)) {
        return;
      }
      toServer.put(in, connections.size());
      if (connection.hasReplies()) {
        toClient.put(out, connections.size());
      }
      connections.add(connection);
      slots.add(director.table.add(connection));
    }

    private PacketBuilder randomPacket() {
      TestConnection connection = connections.get(random.nextInt(connections.size()));
      boolean reply = connection.hasReplies() && random.nextBoolean();
      String source = (reply ? connection.server() : connection.client()).toString();
      String destination = (reply ? connection.client() : connection.virtual()).toString();
      int sourcePort = reply ? connection.serverPort() : connection.clientPort();
      int port = reply ? connection.clientPort() : connection.virtualPort();
      PacketBuilder packet = PacketBuilder.eth().ipv4(source, destination);
      if (connection.protocol() == TCP) {
        packet.tcp(sourcePort, port).flags(pick(16, 16, 24, 16, 2, 18, 1, 17, 4, 20, 0));
      } else {
        packet.udp(sourcePort, port);
      }
      byte[] payload = new byte[random.nextInt(60)];
      random.nextBytes(payload);
      packet.payload(payload).id(random.nextInt(0x10000)).ttl(pick(64, 64, 64, 255, 2, 1, 0));
      switch (random.nextInt(16)) {
        case 0 -> packet.checksumError(random.nextInt(0x10000));
        case 1 -> packet.withoutChecksum();
        case 2 -> packet.ipChecksumError(1 + random.nextInt(0xfffe));
        case 3 -> packet.sourcePort(random.nextInt(0x10000));
        case 4 -> packet.truncatedTo(14 + random.nextInt(50));
        case 5 -> packet.totalLength(random.nextInt(100));
        case 6 -> packet.padding(random.nextInt(20));
        default -> {}
      }
      return packet;
    }

    private int pick(int... choices) {
      return choices[random.nextInt(choices.length)];
    }

    private void send(byte[] frame) throws IOException {
      DirectorFixture.Outcome outcome = director.run(frame);
      Expectation expected = expect(ByteBuffer.wrap(frame.clone()));
      String message = name + ": " + HexFormat.of().formatHex(frame);
      assertThat(outcome.verdict()).as(message).isEqualTo(expected.verdict());
      byte[] got = HexFormat.of().parseHex(outcome.frame());
      if (expected.checksumAt() != 0) {
        checkTransportChecksum(frame, got, expected.checksumAt(), message);
      }
      assertThat(HexFormat.of().formatHex(got))
          .as(message)
          .isEqualTo(HexFormat.of().formatHex(expected.frame().array()));
    }

    /**
     * What should come out.
     *
     * @param checksumAt offset of a transport checksum that was carried on, zeroed in the frame; 0
     *     for none
     */
    private record Expectation(XdpAction verdict, ByteBuffer frame, int checksumAt) {}

    private Expectation expect(ByteBuffer frame) {
      Expectation pass = new Expectation(XdpAction.PASS, frame, 0);
      int bytes = frame.capacity() - ETHERNET;
      if (bytes < 20) {
        return pass;
      }
      int length = frame.getShort(16) & 0xffff;
      int protocol = frame.get(23);
      int least = 20 + (protocol == TCP ? 20 : 8);
      if (length > bytes || length < least || !headerChecksumHolds(frame)) {
        return pass;
      }
      Tuple tuple =
          new Tuple(
              protocol,
              frame.getInt(26),
              frame.getShort(34) & 0xffff,
              frame.getInt(30),
              frame.getShort(36) & 0xffff);
      boolean reply = !toServer.containsKey(tuple);
      Integer number = reply ? toClient.get(tuple) : toServer.get(tuple);
      if (number == null) {
        boolean service =
            protocol == TCP && tuple.destination() == 0x0a01_0000 && tuple.port() == 80;
        return service && listening ? new Expectation(XdpAction.REDIRECT, frame, 0) : pass;
      }
      TestConnection connection = connections.get(number);
      int hop = reply ? connection.outHop() : connection.inHop();
      boolean possible =
          hop != 0
              && hop != 7
              && length <= (hop == 6 ? 80 : DirectorFixture.MTU)
              && (frame.get(22) & 0xff) > 1
              && connection.forwarding() != TestConnection.TUNNEL;
      int fast = reply ? ConnectionLayout.FLAG_FAST_OUT : ConnectionLayout.FLAG_FAST_IN;
      int flags = protocol == TCP ? frame.get(47) : 0;
      boolean plain =
          protocol == TCP
              ? (flags & 0x17) == 0x10
              : frame.getShort(40) != 0 || connection.forwarding() != TestConnection.MASQUERADE;
      if (!possible || (connection.flags() & fast) == 0 || !plain) {
        if (listening) {
          return new Expectation(XdpAction.REDIRECT, frame, 0);
        }
        if (!possible) {
          return new Expectation(XdpAction.DROP, frame, 0);
        }
        missed.merge(slots.get(number), flags, (a, b) -> a | b);
      }
      if (connection.serverNumber() != 0) {
        long[] counter = counters[connection.serverNumber()];
        counter[reply ? 2 : 0]++;
        counter[reply ? 3 : 1] += length;
      }
      return forwarded(frame, connection, reply, hop);
    }

    private static Expectation forwarded(
        ByteBuffer frame, TestConnection connection, boolean reply, int hop) {
      int checksumAt = 0;
      if (connection.forwarding() == TestConnection.MASQUERADE) {
        Address address = reply ? connection.virtual() : connection.server();
        int port = reply ? connection.virtualPort() : connection.serverPort();
        frame.putInt(reply ? 26 : 30, address.ipv4Bits());
        frame.putShort(reply ? 34 : 36, (short) port);
        checksumAt = ETHERNET + 20 + (connection.protocol() == TCP ? 16 : 6);
        frame.putShort(checksumAt, (short) 0);
      }
      frame.put(22, (byte) (frame.get(22) - 1));
      frame.putShort(24, (short) 0);
      frame.putShort(24, (short) ~sum(frame, ETHERNET, 20));
      HexFormat hex = HexFormat.ofDelimiter(":");
      frame.put(0, hex.parseHex(DirectorFixture.hopMac(hop)));
      frame.put(6, hex.parseHex(DirectorFixture.hopSourceMac(hop)));
      return new Expectation(XdpAction.REDIRECT, frame, checksumAt);
    }

    /**
     * A translated packet's checksum is as right or as wrong as before: with it, its segment and
     * pseudo header sum up to what they did. Zeroes it in {@code after}.
     */
    private static void checkTransportChecksum(
        byte[] before, byte[] after, int checksumAt, String message) {
      ByteBuffer sent = ByteBuffer.wrap(before);
      ByteBuffer got = ByteBuffer.wrap(after);
      boolean udp = checksumAt == ETHERNET + 20 + 6;
      if (udp && sent.getShort(checksumAt) == 0) {
        assertThat(got.getShort(checksumAt)).as(message).isZero();
      } else {
        int addressesAndSegment = before.length - ETHERNET - 12;
        assertThat(sum(got, ETHERNET + 12, addressesAndSegment) % 0xffff)
            .as(message)
            .isEqualTo(sum(sent, ETHERNET + 12, addressesAndSegment) % 0xffff);
        assertThat(!udp || got.getShort(checksumAt) != 0).as(message).isTrue();
      }
      got.putShort(checksumAt, (short) 0);
    }

    private static boolean headerChecksumHolds(ByteBuffer frame) {
      return frame.get(ETHERNET) == 0x45 && sum(frame, ETHERNET, 20) == 0xffff;
    }

    private static int sum(ByteBuffer bytes, int from, int count) {
      int sum = 0;
      for (int i = 0; i < count; i++) {
        sum += (bytes.get(from + i) & 0xff) << (i % 2 == 0 ? 8 : 0);
      }
      while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >>> 16);
      }
      return sum;
    }
  }
}
