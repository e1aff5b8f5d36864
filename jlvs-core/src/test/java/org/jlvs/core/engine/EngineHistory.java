package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.RealServer;

/**
 * Plays a history of a director that is written in bytes: commands, packets sound and broken, time.
 * After each step the director has to be whole: what it sent are packets, its table and its
 * servers' counts agree, and it holds no more memory than it may.
 */
final class EngineHistory {
  private static final int CAPACITY = 64;
  private static final int MOST_STEPS = 400;
  private static final int MOST_SENT_AT_ONCE = 4096;

  private static final String[] SCHEDULERS = {
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"
  };
  private static final String[] SETTINGS = {
    "expire_nodest_conn",
    "expire_quiescent_template",
    "conn_reuse_mode",
    "secure_tcp",
    "sloppy_tcp",
    "pmtu_disc",
    "nat_icmp_send",
    "schedule_icmp",
    "sync_threshold",
    "drop_entry"
  };
  private static final String[] SERVERS = {
    "10.1.0.1", "10.1.0.2", "127.0.0.1", "10.0.0.254", "2001:db8:1::1", "2001:db8:1::2"
  };
  private static final String[] CLIENTS = {
    "198.18.0.1", "198.18.0.2", "10.1.0.1", "10.0.0.100", "224.0.0.1", "0.0.0.0"
  };
  private static final String[] CLIENTS_6 = {
    "2001:db8:c::1", "2001:db8:1::1", "fe80::1", "ff02::1"
  };
  private static final int[] PROTOCOLS = {6, 17, 132, 1, 58, 50, 51, 4, 41, 47};
  private static final int[] PORTS = {80, 53, 21, 20, 0, 8080, 5060, 40_000};

  private final byte[] bytes;
  private int at;
  private final TestDirector world = new TestDirector(CAPACITY);

  private EngineHistory(byte[] bytes) {
    this.bytes = bytes;
  }

  static void play(byte[] bytes) {
    new EngineHistory(bytes).play();
  }

  private int next() {
    return at < bytes.length ? bytes[at++] & 0xff : 0;
  }

  private <T> T pick(T[] of) {
    return of[next() % of.length];
  }

  private int pick(int[] of) {
    return of[next() % of.length];
  }

  private void play() {
    for (int step = 0; step < MOST_STEPS && at < bytes.length; step++) {
      List<TestDirector.Sent> sent = step();
      assertThat(sent.size()).isLessThan(MOST_SENT_AT_ONCE);
      sent.forEach(EngineHistory::assertIsPacket);
      assertIsWhole();
    }
  }

  private List<TestDirector.Sent> step() {
    int kind = next() % 16;
    if (kind >= 5) {
      return world.receive(packet());
    }
    if (kind == 4) {
      int seconds = next();
      return world.sleep(seconds < 200 ? seconds / 10.0 : seconds * 10);
    }
    try {
      command();
    } catch (DirectorException e) {
      // A refusal changes nothing, which is what the checks after each step say.
      assertThat(e.errno()).isNotNull();
    }
    return List.of();
  }

  private ServiceKey service() {
    boolean ipv4 = next() % 3 != 0;
    return switch (next() % 6) {
      case 0 -> new ServiceKey.Mark(1 + next() % 3, ipv4 ? Family.IPV4 : Family.IPV6);
      default ->
          new ServiceKey.Endpoint(
              switch (next() % 3) {
                case 0 -> Protocol.TCP;
                case 1 -> Protocol.UDP;
                default -> Protocol.SCTP;
              },
              Address.of(ipv4 ? TestDirector.VIP : "2001:db8::100"),
              pick(PORTS));
    };
  }

  private ServiceSpec serviceSpec() {
    ServiceKey key = service();
    int prefix = key.family() == Family.IPV4 ? 1 + next() % 32 : 1 + next() % 128;
    return new ServiceSpec(
        key, pick(SCHEDULERS), next() & 0x3d, 1 + next(), prefix, Optional.empty());
  }

  private ServerKey server() {
    return new ServerKey(Address.of(pick(SERVERS)), pick(PORTS));
  }

  private ServerSpec serverSpec() {
    ForwardingMethod method =
        switch (next() % 3) {
          case 0 -> ForwardingMethod.DIRECT_ROUTE;
          case 1 -> ForwardingMethod.MASQUERADE;
          default -> ForwardingMethod.TUNNEL;
        };
    Tunnel.Type type = pick(Tunnel.Type.values());
    int port = type == Tunnel.Type.GUE ? 6080 : 0;
    Tunnel tunnel = new Tunnel(type, port, pick(Tunnel.Checksum.values()));
    return new ServerSpec(server(), method, next() % 8, next() % 4, 0, tunnel);
  }

  private void command() throws DirectorException {
    switch (next() % 12) {
      case 0, 1, 2 -> world.director.addService(serviceSpec());
      case 3, 4, 5 -> world.director.addServer(service(), serverSpec());
      case 6 -> world.director.editService(serviceSpec());
      case 7 -> world.director.editServer(service(), serverSpec());
      case 8 -> world.director.deleteServer(service(), server());
      case 9 -> world.director.deleteService(service());
      case 10 -> world.director.changeSetting(pick(SETTINGS), next() % 4);
      default -> world.director.setTimeouts(new Timeouts(next(), next(), next()));
    }
  }

  private byte[] packet() {
    boolean ipv4 = next() % 3 != 0;
    PacketBuilder builder = PacketBuilder.ip();
    boolean reply = next() % 4 == 0;
    String client = ipv4 ? pick(CLIENTS) : pick(CLIENTS_6);
    String vip = ipv4 ? TestDirector.VIP : "2001:db8::100";
    String server = ipv4 ? "10.1.0." + (1 + next() % 2) : "2001:db8:1::" + (1 + next() % 2);
    String from = reply ? server : client;
    String to = reply ? client : vip;
    builder = ipv4 ? builder.ipv4(from, to) : builder.ipv6(from, to);
    builder.ttl(next() % 8 == 0 ? next() % 3 : 64);
    int protocol = pick(PROTOCOLS);
    int sourcePort = 4000 + next() % 4;
    int port = pick(PORTS);
    int first = reply ? port : sourcePort;
    int second = reply ? sourcePort : port;
    int payload = next() % 4 == 0 ? next() * 8 : next() % 40;
    switch (protocol) {
      case 6 -> builder.tcp(first, second).flags(next()).payload(payload);
      case 17 -> builder.udp(first, second).payload(payload);
      case 1, 58 ->
          builder.icmp(next() % 16, next() % 8).icmpRest(next()).payload(quoted(ipv4, reply));
      default -> builder.protocol(protocol).payload(payload);
    }
    byte[] packet = builder.build();
    if (!ipv4 && next() % 4 == 0) {
      packet = withExtension(packet);
    }
    if (ipv4 && next() % 4 == 0) {
      packet[6] = (byte) next();
      packet[7] = (byte) next();
    }
    for (int mutations = next() % 8; mutations > 5; mutations--) {
      packet[next() % packet.length] = (byte) next();
    }
    if (ipv4 && packet.length >= 20 && next() % 8 != 0) {
      seal(packet);
    }
    return next() % 16 == 0
        ? java.util.Arrays.copyOf(packet, next() % (packet.length + 1))
        : packet;
  }

  private byte[] quoted(boolean ipv4, boolean reply) {
    String client = ipv4 ? "198.18.0.1" : "2001:db8:c::1";
    String server = ipv4 ? "10.1.0.1" : "2001:db8:1::1";
    String vip = ipv4 ? TestDirector.VIP : "2001:db8::100";
    PacketBuilder inner = PacketBuilder.ip();
    String from = reply ? client : vip;
    String to = reply ? server : client;
    inner = ipv4 ? inner.ipv4(from, to) : inner.ipv6(from, to);
    int client0 = 4000 + next() % 4;
    int service = pick(PORTS);
    return (reply ? inner.tcp(client0, service) : inner.tcp(service, client0)).payload(8).build();
  }

  /** Puts an extension header of some kind behind the IPv6 header. */
  private byte[] withExtension(byte[] packet) {
    int[] kinds = {0, 43, 44, 51, 60};
    int kind = pick(kinds);
    byte[] extended = new byte[packet.length + 8];
    System.arraycopy(packet, 0, extended, 0, 40);
    System.arraycopy(packet, 40, extended, 48, packet.length - 40);
    extended[40] = packet[6];
    extended[6] = (byte) kind;
    for (int i = 41; i < 48; i++) {
      extended[i] = kind == 44 && i < 44 || next() % 4 == 0 ? (byte) next() : 0;
    }
    int length = extended.length - 40;
    extended[4] = (byte) (length >>> 8);
    extended[5] = (byte) length;
    return extended;
  }

  private static void seal(byte[] packet) {
    int headerBytes = (packet[0] & 0xf) * 4;
    if (headerBytes >= 20 && headerBytes <= packet.length) {
      Egress.seal(wrap(packet), headerBytes);
    }
  }

  private static Packet wrap(byte[] packet) {
    return new Packet().wrap(MemorySegment.ofArray(packet), 0, packet.length, 0);
  }

  private static void assertIsPacket(TestDirector.Sent sent) {
    if (sent.where().equals("host")) {
      return;
    }
    Packet packet = wrap(sent.bytes());
    assertThat(packet.length()).as("bytes to %s", sent.where()).isBetween(20, 1500);
    if (packet.u8(0) >>> 4 == 4) {
      assertThat(packet.u16(2)).isEqualTo(packet.length());
      assertThat(Checksum.of(packet, 0, (packet.u8(0) & 0xf) * 4)).isZero();
    } else {
      assertThat(packet.u8(0) >>> 4).isEqualTo(6);
      assertThat(packet.u16(4) + 40).isEqualTo(packet.length());
    }
  }

  private record Counts(int active, int inactive, int persistent) {}

  private void assertIsWhole() {
    ConnectionTable connections = world.connections;
    ConnectionSlots slots = connections.slots();
    Map<Integer, Counts> expected = new HashMap<>();
    int used = 0;
    for (int slot = 1; slot < connections.slotLimit(); slot++) {
      if (!connections.inUse(slot)) {
        continue;
      }
      used++;
      boolean template = slots.isTemplate(slot);
      boolean inactive = (slots.status(slot) & ConnectionSlots.INACTIVE) != 0;
      Counts one =
          new Counts(template || inactive ? 0 : 1, !template && inactive ? 1 : 0, template ? 1 : 0);
      expected.merge(slots.server(slot), one, EngineHistory::sum);
      assertThat(connections.deadline(slot) - world.now)
          .as("time of slot %d", slot)
          .isLessThan(100_000_000L * 1_000_000_000L);
    }
    assertThat(connections.connectionCount() + connections.templateCount()).isEqualTo(used);
    assertThat(used).isLessThanOrEqualTo(CAPACITY);
    for (var service : world.services.listed()) {
      for (RealServer server : service.servers()) {
        assertThat(
                new Counts(
                    server.activeConnections,
                    server.inactiveConnections,
                    server.persistentConnections))
            .as("counts of %s", server.key())
            .isEqualTo(expected.getOrDefault(server.number(), new Counts(0, 0, 0)));
      }
    }
  }

  private static Counts sum(Counts one, Counts other) {
    return new Counts(
        one.active + other.active,
        one.inactive + other.inactive,
        one.persistent + other.persistent);
  }
}
