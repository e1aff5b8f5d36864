package org.jlvs.core.engine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;

/**
 * A packet engine with a small world around it: the host has 10.0.0.100, 10.0.0.254 and 10.1.0.254,
 * servers are in 10.1.0.0/16 behind interface 2, everybody else is behind interface 1. Time moves
 * when told.
 */
final class TestDirector {
  static final String VIP = "10.0.0.100";
  static final String CLIENT = "198.18.0.1";
  static final String SERVER_1 = "10.1.0.1";
  static final String SERVER_2 = "10.1.0.2";

  /** What became of packets, as "where" and bytes. */
  record Sent(String where, byte[] bytes) {}

  final ServiceTable services;
  final MemorySegment slotMemory;
  final MemorySegment bucketMemory;
  final ConnectionTable connections;
  final PacketEngine engine;
  final LocalDirector director;
  final List<Sent> sent = new ArrayList<>();

  /** What the kernel program was told. */
  final List<String> told = new ArrayList<>();

  final Map<Address, Host.Route> routes = new HashMap<>();
  int serverMtu = 1500;

  /** The mark for which a routing rule makes packets the host's own, 0 for none. */
  int markedRoute;

  long now = 1_000_000_000_000L;

  TestDirector() {
    this(1024);
  }

  TestDirector(int capacity) {
    slotMemory = MemorySegment.ofArray(new long[(capacity + 1) * ConnectionLayout.SLOT_BYTES / 8]);
    int buckets = Math.max(2, Integer.highestOneBit(capacity / 2));
    bucketMemory = MemorySegment.ofArray(new long[buckets * ConnectionLayout.BUCKET_BYTES / 8]);
    services = new ServiceTable(1000, new Random(1), ProgramCounters.NONE);
    connections = ConnectionTable.create(slotMemory, bucketMemory, 42, now);
    engine = new PacketEngine(services, connections, new World(), MarkRules.NONE, program, now);
    director = new LocalDirector(engine);
  }

  /** What a new process makes of what an earlier one has left in memory, so much later. */
  TestDirector(TestDirector killed, double secondsLater) {
    now = killed.now + (long) (secondsLater * 1e9);
    slotMemory = killed.slotMemory;
    bucketMemory = killed.bucketMemory;
    services = new ServiceTable(1000, new Random(1), ProgramCounters.NONE);
    services.restore(killed.services.snapshot());
    connections = ConnectionTable.adopt(slotMemory, bucketMemory, 42, now);
    engine = new PacketEngine(services, connections, new World(), MarkRules.NONE, now);
    director = new LocalDirector(engine);
  }

  private final class World implements Host {
    @Override
    public Route route(Address destination) {
      Route special = routes.get(destination);
      if (special != null) {
        return special;
      }
      return switch (destination.toString()) {
        case VIP, "10.0.0.101", "10.0.0.254", "10.1.0.254", "127.0.0.1", "2001:db8::100" ->
            new Route.Local();
        default ->
            destination.toString().startsWith("10.1.")
                    || destination.toString().startsWith("2001:db8:1:")
                ? new Route.Via(new Hop(2, 2, serverMtu))
                : new Route.Via(new Hop(1, 1, 1500));
      };
    }

    @Override
    public Address sourceAddress(Address destination) {
      return Address.of(destination.isIpv4() ? "10.1.0.254" : "2001:db8:1::fe");
    }

    @Override
    public boolean hasMarkedRoutes(Family family) {
      return markedRoute != 0;
    }

    @Override
    public boolean takesMarked(Family family, int mark) {
      return mark != 0 && mark == markedRoute;
    }

    @Override
    public OptionalInt mtu(String networkInterface) {
      return networkInterface.equals("eth0") ? OptionalInt.of(1500) : OptionalInt.empty();
    }

    @Override
    public boolean isBroadcast(Address address) {
      return address.toString().equals("10.1.255.255");
    }
  }

  private final KernelProgram program =
      new KernelProgram() {
        @Override
        public void servesLocally() {
          told.add("serves locally");
        }

        @Override
        public void wraps(RealServer server, Address source, int mtu, boolean copiesDoNotFragment) {
          told.add("wraps for " + server.key().address() + " from " + source + " up to " + mtu);
        }

        @Override
        public void passes(Flow flow, long nowNanos) {
          told.add(
              "passes %s:%d to %s:%d"
                  .formatted(
                      flow.source(), flow.sourcePort, flow.destination(), flow.destinationPort));
        }

        @Override
        public void forget() {
          told.add("forget");
        }
      };

  private final class Recorder implements Output {
    @Override
    public void transmit(Hop hop, Packet packet) {
      sent.add(new Sent("hop " + hop.number(), bytes(packet)));
    }

    @Override
    public void deliver(Packet packet) {
      sent.add(new Sent("host", bytes(packet)));
    }
  }

  private static byte[] bytes(Packet packet) {
    byte[] bytes = new byte[packet.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) packet.u8(i);
    }
    return bytes;
  }

  static ServiceKey.Endpoint tcp(String address, int port) {
    return new ServiceKey.Endpoint(Protocol.TCP, Address.of(address), port);
  }

  static ServiceKey.Endpoint udp(String address, int port) {
    return new ServiceKey.Endpoint(Protocol.UDP, Address.of(address), port);
  }

  ServiceKey service(ServiceKey key, String scheduler, int persistenceSeconds)
      throws DirectorException {
    return service(key, scheduler, persistenceSeconds, 0);
  }

  ServiceKey service(ServiceKey key, String scheduler, int persistenceSeconds, int flags)
      throws DirectorException {
    int persistent = persistenceSeconds > 0 ? ServiceSpec.PERSISTENT : 0;
    int prefix = key.family() == Family.IPV4 ? 32 : 128;
    director.addService(
        new ServiceSpec(
            key, scheduler, flags | persistent, persistenceSeconds, prefix, Optional.empty()));
    return key;
  }

  static ServerSpec server(String address, int port, ForwardingMethod method, int weight) {
    return new ServerSpec(
        new ServerKey(Address.of(address), port), method, weight, 0, 0, Tunnel.IPIP);
  }

  /** A service of two servers of weight 1. */
  ServiceKey service(ServiceKey key, ForwardingMethod method, int serverPort)
      throws DirectorException {
    service(key, "rr", 0);
    director.addServer(key, server(SERVER_1, serverPort, method, 1));
    director.addServer(key, server(SERVER_2, serverPort, method, 1));
    return key;
  }

  /** Takes a packet in; what came of it. */
  List<Sent> receive(PacketBuilder packet) {
    return receive(packet.build());
  }

  List<Sent> receive(byte[] bytes) {
    sent.clear();
    byte[] buffer = new byte[128 + bytes.length];
    System.arraycopy(bytes, 0, buffer, 128, bytes.length);
    engine.receive(
        new Packet().wrap(MemorySegment.ofArray(buffer), 128, bytes.length, 1),
        now,
        new Recorder());
    return List.copyOf(sent);
  }

  /** Tells the engine what the host has sent, as the kernel program does. */
  void answered(PacketBuilder packet) {
    byte[] bytes = packet.build();
    engine.answered(new Packet().wrap(MemorySegment.ofArray(bytes), 0, bytes.length, 0), now);
  }

  List<Sent> sleep(double seconds) {
    sent.clear();
    now += (long) (seconds * 1e9);
    engine.advance(now, new Recorder());
    return List.copyOf(sent);
  }

  List<ConnectionView> listed() {
    List<ConnectionView> views = new ArrayList<>();
    director.connections(0, Integer.MAX_VALUE, views::add);
    return views;
  }

  /** The connections as "protocol client virtual server state". */
  List<String> connectionLines() {
    return listed().stream()
        .map(
            view ->
                "%d %s:%d %s:%d %s:%d %s"
                    .formatted(
                        view.protocol(),
                        view.client(),
                        view.clientPort(),
                        view.virtual(),
                        view.virtualPort(),
                        view.server(),
                        view.serverPort(),
                        view.state()))
        .sorted()
        .toList();
  }

  ConnectionSlots slots() {
    return connections.slots();
  }

  int onlySlot() {
    for (int slot = 1; slot < connections.slotLimit(); slot++) {
      if (connections.inUse(slot) && !slots().isTemplate(slot)) {
        return slot;
      }
    }
    throw new AssertionError("no connection");
  }
}
