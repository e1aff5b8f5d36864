package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.linux.bpf.XdpAction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The kernel program against the engine, over one table: what the program forwards by itself must
 * be, byte for byte, what the engine makes of the same packet. Random services of both families and
 * all forwarding methods, random packets. The seed is in the message of a failure.
 */
@Tag("system")
class ProgramAgainstEngineTest {
  private static final int ROUNDS = 6;
  private static final int PACKETS = 3000;
  private static final int CLIENTS = 40;
  private static final int ETHERNET = 14;
  private static final int TO_CLIENTS = 4;
  private static final String VIP = "10.1.0.1";
  private static final String VIP6 = "2001:db8:1::1";

  @Test
  void whatTheProgramForwardsIsWhatTheEngineSends() throws Exception {
    try (DirectorFixture director = new DirectorFixture()) {
      for (int seed = 1; seed <= ROUNDS; seed++) {
        new Round(director, seed).play();
      }
    }
  }

  /** A service of one server. */
  private record Way(
      ServiceKey.Endpoint service, Address server, ForwardingMethod method, Tunnel tunnel) {
    boolean isIpv4() {
      return service.address().isIpv4();
    }

    boolean isTcp() {
      return service.protocol() == Protocol.TCP;
    }
  }

  private record Sent(int hop, byte[] packet) {}

  private static final class Round implements Host, Output {
    private final DirectorFixture director;
    private final RandomGenerator random;
    private final String name;
    private final PacketEngine engine;
    private final List<Way> ways = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private int delivered;
    private int forwarded;
    private int wrapped;
    private int passed;

    Round(DirectorFixture director, int seed) throws Exception {
      this.director = director;
      this.random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
      this.name = "seed " + seed;
      director.clear();
      director.listening(true);
      for (int hop = 1; hop <= TO_CLIENTS; hop++) {
        director.hop(hop, DirectorFixture.OTHER_INTERFACE, mtu(hop), true);
      }
      director.interest(VIP, 0, 0, DirectorLayout.INTEREST_UNMATCHED);
      director.interest(VIP6, 0, 0, DirectorLayout.INTEREST_UNMATCHED);
      long now = System.nanoTime();
      ServiceTable services =
          new ServiceTable(DirectorFixture.SERVERS - 1, new Random(seed), ProgramCounters.NONE);
      ConnectionTable connections =
          ConnectionTable.create(director.slots, director.buckets, DirectorFixture.SEED, now);
      engine =
          new PacketEngine(
              services,
              connections,
              this,
              MarkRules.NONE,
              new ProgramTables(director.settings(), director.tunnels(), director.passing),
              now);
      LocalDirector control = new LocalDirector(engine);
      for (int i = 1; i < DirectorFixture.SERVERS; i++) {
        addService(control, i);
      }
    }

    private static int mtu(int hop) {
      return hop == 3 ? 1400 : DirectorFixture.MTU;
    }

    private void addService(LocalDirector control, int number) throws DirectorException {
      boolean ipv4 = random.nextBoolean();
      ForwardingMethod method =
          pick(
              ForwardingMethod.DIRECT_ROUTE,
              ForwardingMethod.MASQUERADE,
              ForwardingMethod.TUNNEL,
              ForwardingMethod.TUNNEL);
      boolean serverIpv4 = method == ForwardingMethod.TUNNEL ? random.nextBoolean() : ipv4;
      Tunnel tunnel =
          method == ForwardingMethod.TUNNEL
              ? pick(
                  Tunnel.IPIP,
                  new Tunnel(Tunnel.Type.GRE, 0, Tunnel.Checksum.NONE),
                  new Tunnel(Tunnel.Type.GUE, 6080, Tunnel.Checksum.NONE))
              : Tunnel.IPIP;
      ServiceKey.Endpoint key =
          new ServiceKey.Endpoint(
              pick(Protocol.TCP, Protocol.UDP), Address.of(ipv4 ? VIP : VIP6), 1000 + number);
      Address server = Address.of((serverIpv4 ? "10.2.0." : "2001:db8:2::") + number);
      int port = method == ForwardingMethod.MASQUERADE ? 8000 + number : key.port();
      control.addService(new ServiceSpec(key, "rr", 0, 0, ipv4 ? 32 : 128, Optional.empty()));
      control.addServer(key, new ServerSpec(new ServerKey(server, port), method, 1, 0, 0, tunnel));
      ways.add(new Way(key, server, method, tunnel));
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
      return choices[random.nextInt(choices.length)];
    }

    @Override
    public Route route(Address destination) {
      String text = destination.toString();
      if (text.equals(VIP) || text.equals(VIP6)) {
        return new Route.Local();
      }
      boolean toServer = text.startsWith("10.2.") || text.startsWith("2001:db8:2:");
      int hop = toServer ? 1 + (int) (destination.low() % 3) : TO_CLIENTS;
      return new Route.Via(new Hop(hop, DirectorFixture.OTHER_INTERFACE, mtu(hop)));
    }

    @Override
    public Address sourceAddress(Address destination) {
      return Address.of(destination.isIpv4() ? "10.2.0.254" : "2001:db8:2::fe");
    }

    @Override
    public void transmit(Hop hop, Packet packet) {
      byte[] bytes = new byte[packet.length()];
      MemorySegment.copy(
          packet.buffer(), packet.start(), MemorySegment.ofArray(bytes), 0, bytes.length);
      sent.add(new Sent(hop.number(), bytes));
    }

    @Override
    public void deliver(Packet packet) {
      delivered++;
    }

    void play() throws IOException {
      for (Way way : ways) {
        for (int client = 0; client < CLIENTS; client++) {
          establish(way, client);
        }
      }
      for (int i = 0; i < PACKETS; i++) {
        compare(randomPacket());
      }
      assertThat(forwarded).as("%s: forwarded by the program", name).isGreaterThan(PACKETS / 5);
      assertThat(wrapped).as("%s: of them wrapped", name).isPositive();
      assertThat(passed).as("%s: passed as the host's own", name).isPositive();
    }

    private PacketBuilder fromClient(Way way, int client) {
      PacketBuilder packet = PacketBuilder.eth();
      packet =
          way.isIpv4()
              ? packet.ipv4("10.0.0." + (1 + client), VIP)
              : packet.ipv6("2001:db8::" + (1 + client), VIP6);
      int port = way.service.port();
      return way.isTcp() ? packet.tcp(40_000 + client, port) : packet.udp(40_000 + client, port);
    }

    /** Of a masqueraded server. */
    private PacketBuilder fromServer(Way way, int client) {
      String server = way.server.toString();
      PacketBuilder packet = PacketBuilder.eth();
      packet =
          way.isIpv4()
              ? packet.ipv4(server, "10.0.0." + (1 + client))
              : packet.ipv6(server, "2001:db8::" + (1 + client));
      int port = 7000 + way.service.port();
      return way.isTcp() ? packet.tcp(port, 40_000 + client) : packet.udp(port, 40_000 + client);
    }

    private void establish(Way way, int client) {
      if (way.isTcp()) {
        receive(fromClient(way, client).syn().build());
        if (way.method == ForwardingMethod.MASQUERADE) {
          receive(fromServer(way, client).syn().ack().build());
        }
        receive(fromClient(way, client).ack().build());
      } else {
        receive(fromClient(way, client).payload(8).build());
      }
    }

    private void receive(byte[] frame) {
      sent.clear();
      delivered = 0;
      byte[] buffer = new byte[128 + frame.length];
      System.arraycopy(frame, ETHERNET, buffer, 128, frame.length - ETHERNET);
      engine.receive(
          new Packet()
              .wrap(
                  MemorySegment.ofArray(buffer),
                  128,
                  frame.length - ETHERNET,
                  DirectorFixture.LOOPBACK),
          System.nanoTime(),
          this);
    }

    private byte[] randomPacket() {
      Way way = ways.get(random.nextInt(ways.size()));
      int client = random.nextInt(CLIENTS + 3);
      boolean reply = way.method == ForwardingMethod.MASQUERADE && random.nextBoolean();
      PacketBuilder packet = reply ? fromServer(way, client) : fromClient(way, client);
      byte[] payload = new byte[random.nextInt(8) == 0 ? random.nextInt(1480) : random.nextInt(60)];
      random.nextBytes(payload);
      packet.payload(payload).ttl(pick(64, 64, 64, 255, 2, 1)).tos(random.nextInt(256));
      if (way.isTcp()) {
        packet.flags(pick(0x10, 0x10, 0x18, 0x10, 0x10, 0x11, 0x12, 0x02, 0));
      }
      if (way.isIpv4()) {
        packet.id(random.nextInt(0x10000));
        if (random.nextBoolean()) {
          packet.dontFragment();
        }
      }
      switch (random.nextInt(12)) {
        case 0 -> packet.checksumError(random.nextInt(0x10000));
        case 1 -> packet.withoutChecksum();
        case 2 -> packet.destinationPort(1 + random.nextInt(0xffff));
        case 3 -> packet.padding(random.nextInt(8));
        default -> {}
      }
      return packet.build();
    }

    private void compare(byte[] frame) throws IOException {
      String message = name + ": " + HexFormat.of().formatHex(frame);
      DirectorFixture.Outcome outcome = director.run(frame);
      byte[] got = HexFormat.of().parseHex(outcome.frame());
      receive(frame);
      if (outcome.verdict() == XdpAction.PASS) {
        passed++;
        assertThat(sent).as(message).isEmpty();
        assertThat(delivered).as(message).isEqualTo(1);
        return;
      }
      assertThat(outcome.verdict()).as(message).isEqualTo(XdpAction.REDIRECT);
      if (Arrays.equals(got, frame)) {
        return;
      }
      forwarded++;
      wrapped += got.length > frame.length ? 1 : 0;
      assertThat(sent).as(message).hasSize(1);
      byte[] expected = frame(sent.getFirst());
      byte[] whole = Arrays.copyOf(got, expected.length);
      if (got.length > frame.length) {
        hideIdentification(whole);
        hideIdentification(expected);
      }
      assertThat(HexFormat.of().formatHex(whole))
          .as(message)
          .isEqualTo(HexFormat.of().formatHex(expected));
      assertThat(Arrays.copyOfRange(got, expected.length, got.length))
          .as("padding of %s", message)
          .isEqualTo(new byte[got.length - expected.length]);
    }

    private static byte[] frame(Sent packet) {
      byte[] frame = new byte[ETHERNET + packet.packet.length];
      HexFormat hex = HexFormat.ofDelimiter(":");
      System.arraycopy(hex.parseHex(DirectorFixture.hopMac(packet.hop)), 0, frame, 0, 6);
      System.arraycopy(hex.parseHex(DirectorFixture.hopSourceMac(packet.hop)), 0, frame, 6, 6);
      boolean ipv4 = packet.packet[0] >>> 4 == 4;
      frame[12] = (byte) (ipv4 ? 0x08 : 0x86);
      frame[13] = (byte) (ipv4 ? 0x00 : 0xdd);
      System.arraycopy(packet.packet, 0, frame, ETHERNET, packet.packet.length);
      return frame;
    }

    /** Of an outer IPv4 header that may be fragmented: program and engine choose it differently. */
    private static void hideIdentification(byte[] frame) {
      boolean mayBeFragmented = frame[12] == 0x08 && (frame[20] & 0x40) == 0;
      if (mayBeFragmented) {
        Arrays.fill(frame, 18, 20, (byte) 0);
        Arrays.fill(frame, 24, 26, (byte) 0);
      }
    }
  }
}
