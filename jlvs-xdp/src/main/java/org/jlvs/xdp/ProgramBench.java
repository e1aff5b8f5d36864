package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.bpf.BpfMap.UpdateMode;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.bpf.TestRun;
import org.jlvs.linux.bpf.XdpAction;

/**
 * A stopwatch for the kernel program, without devices: a table of many connections, and packets of
 * them at random, made in the kernel just before each is directed. What making them costs is
 * measured by itself, in turns with the whole. Needs the rights of {@link XdpDataPlane}. For one
 * thread.
 */
public final class ProgramBench implements AutoCloseable {
  private static final int SERVERS = 16;
  private static final int TCP = 6;
  private static final Address VIRTUAL = Address.of("10.255.0.1");
  private static final Address VIRTUAL_IPV6 = Address.of("fd00:ff::1");
  private static final Address TUNNEL_SOURCE = Address.of("10.255.0.254");
  private static final int VIRTUAL_PORT = 80;
  private static final int SERVER_PORT = 8080;
  private static final int MTU = 1500;

  /** Nothing leaves in a test run, so there need not be such an interface. */
  private static final int INTERFACE = Integer.MAX_VALUE;

  /* struct bench of bench.bpf.c, and how it numbers connections. */
  private static final int RANDOM = 0;
  private static final int FLOWS = 8;
  private static final int FAMILY = 12;
  private static final int DESTINATION = 16;
  private static final int DESTINATION_PORT = 32;
  private static final int FRAME_LENGTH = 36;
  private static final int BENCH_BYTES = 40;
  private static final int FIRST_CLIENT = 0x0a00_0000;
  private static final long FIRST_CLIENT_IPV6_HIGH = 0xfd00_0000_0000_0000L;
  private static final int FIRST_PORT = 1024;
  private static final int PORTS_BITS = 15;
  private static final int MOST_FLOWS = 1 << 26;

  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final BpfProgram direct;
  private final BpfProgram harness;
  private final byte[] frame;

  /** What is done to the packets. */
  public enum Way {
    DIRECT_ROUTING("direct routing", Family.IPV4, ForwardingMethod.DIRECT_ROUTE),
    NAT("NAT", Family.IPV4, ForwardingMethod.MASQUERADE),
    TUNNEL("IP in IP", Family.IPV4, ForwardingMethod.TUNNEL),
    DIRECT_ROUTING_IPV6("IPv6 direct", Family.IPV6, ForwardingMethod.DIRECT_ROUTE),
    NAT_IPV6("IPv6 NAT", Family.IPV6, ForwardingMethod.MASQUERADE),
    TUNNEL_IPV6("IPv6 in IPv6", Family.IPV6, ForwardingMethod.TUNNEL);

    private final String words;
    private final Family family;
    private final ForwardingMethod method;

    Way(String words, Family family, ForwardingMethod method) {
      this.words = words;
      this.family = family;
      this.method = method;
    }

    /** The way in a word or two. */
    public String words() {
      return words;
    }

    private Address virtual() {
      return family == Family.IPV4 ? VIRTUAL : VIRTUAL_IPV6;
    }

    private Address client(int number) {
      return family == Family.IPV4
          ? Address.ipv4(FIRST_CLIENT + number)
          : Address.ipv6(FIRST_CLIENT_IPV6_HIGH, number);
    }

    private Address server(int number) {
      return family == Family.IPV4
          ? Address.ipv4(0x0aff_0100 + number)
          : Address.ipv6(VIRTUAL_IPV6.high(), 0x100 + number);
    }

    private byte[] frame() {
      PacketBuilder packet = PacketBuilder.eth();
      String client = client(0).toString();
      packet =
          family == Family.IPV4
              ? packet.ipv4(client, virtual().toString()).dontFragment()
              : packet.ipv6(client, virtual().toString());
      return packet.tcp(FIRST_PORT, VIRTUAL_PORT).ack().payload(10).build();
    }
  }

  /**
   * Nanoseconds a packet.
   *
   * @param harness making it
   * @param whole making and directing it
   */
  public record Round(int harness, int whole) {
    /** Directing it. */
    public int net() {
      return whole - harness;
    }
  }

  /**
   * Fills a table with established connections.
   *
   * @param flows how many, up to 67 million
   */
  public static ProgramBench fill(int flows, Way way) throws IOException {
    if (flows < 1 || flows > MOST_FLOWS) {
      throw new IllegalArgumentException("can't measure with " + flows + " flows");
    }
    return new ProgramBench(flows, way);
  }

  private ProgramBench(int flows, Way way) throws IOException {
    frame = way.frame();
    try {
      SharedMaps maps = SharedMaps.create(flows, SERVERS);
      resources.push(maps);
      LoadOptions options = maps.loadOptions().only("bench_direct", "bench_harness");
      BpfObject object = BpfObject.load(DirectorObject.bench(), options);
      resources.push(object);
      direct = object.program("bench_direct");
      harness = object.program("bench_harness");
      addHop(maps.hops());
      addTunnels(maps.tunnels(), way);
      describe(object.map("bench"), flows, way);
      addConnections(maps, flows, way);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void addHop(MemorySegment hops) {
    HopTable table = new HopTable(hops, (interfaceIndex, neighbour) -> {});
    table.interfaceIs(INTERFACE, 0x0200_0000_0001L, MTU, true);
    table.resolved(INTERFACE, VIRTUAL, 0x0200_0000_0002L);
    int number = table.hop(INTERFACE, VIRTUAL, 0).number();
    if (number != 1) {
      throw new IllegalStateException("the first hop has number " + number);
    }
  }

  private static void addTunnels(MemorySegment tunnels, Way way) {
    Address source = way.family == Family.IPV4 ? TUNNEL_SOURCE : VIRTUAL_IPV6;
    for (int server = 1; server < SERVERS; server++) {
      MemorySegment tunnel =
          tunnels.asSlice((long) server * DirectorLayout.TUNNEL_BYTES, DirectorLayout.TUNNEL_BYTES);
      MemorySegment.copy(
          MemorySegment.ofArray(source.bytes()), 0, tunnel, 0, source.family().addressBytes());
      tunnel.set(ValueLayout.JAVA_INT, DirectorLayout.TUNNEL_MTU, MTU);
      tunnel.set(ValueLayout.JAVA_BYTE, DirectorLayout.TUNNEL_COPIES_DO_NOT_FRAGMENT, (byte) 1);
      tunnel.set(ValueLayout.JAVA_INT, DirectorLayout.TUNNEL_KIND, DirectorLayout.TUNNEL_IPIP);
    }
  }

  private void describe(BpfMap bench, int flows, Way way) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(BENCH_BYTES, 8);
      value.set(ValueLayout.JAVA_LONG, RANDOM, 0x2545_F491_4F6C_DD1DL);
      value.set(ValueLayout.JAVA_INT, FLOWS, flows);
      value.set(ValueLayout.JAVA_INT, FAMILY, way.family.number());
      value.set(ValueLayout.JAVA_INT, FRAME_LENGTH, frame.length);
      byte[] destination = way.virtual().bytes();
      MemorySegment.copy(
          MemorySegment.ofArray(destination), 0, value, DESTINATION, destination.length);
      value.set(BE16, DESTINATION_PORT, (short) VIRTUAL_PORT);
      bench.update(arena.allocateFrom(ValueLayout.JAVA_INT, 0), value, UpdateMode.ANY);
    }
  }

  private static void addConnections(SharedMaps maps, int flows, Way way) throws IOException {
    ConnectionTable table = ConnectionTable.create(maps.slots(), maps.buckets(), maps.seed(), 0);
    Flow flow = new Flow();
    flow.protocol = TCP;
    flow.family = way.family;
    flow.destination(way.virtual());
    flow.destinationPort = VIRTUAL_PORT;
    ConnectionKey key = new ConnectionKey();
    for (int n = 0; n < flows; n++) {
      flow.source(way.client(n >>> PORTS_BITS));
      flow.sourcePort = FIRST_PORT + (n & (1 << PORTS_BITS) - 1);
      int server = 1 + n % (SERVERS - 1);
      int slot =
          table.add(key.set(flow), way.server(server), SERVER_PORT, way.method, server, 0, 0, 0);
      if (slot == 0) {
        throw new IOException("the table took only " + n + " of " + flows + " connections");
      }
      table.slots().inHop(slot, 1);
      int fast = ConnectionLayout.FLAG_FAST_IN | ConnectionLayout.FLAG_FAST_OUT;
      table.slots().flags(slot, table.slots().flags(slot) | fast);
    }
  }

  /** Runs so many random packets through the program, and as many through the harness alone. */
  public Round round(int packets) throws IOException {
    int alone = run(harness, packets, XdpAction.DROP);
    return new Round(alone, run(direct, packets, XdpAction.REDIRECT));
  }

  private int run(BpfProgram program, int packets, XdpAction expected) throws IOException {
    TestRun.Result result = program.testRun(TestRun.of(frame).repeated(packets));
    if (result.action() != expected) {
      throw new IOException(
          program + " answered " + result.action() + " where it should " + expected);
    }
    return result.nanosARun();
  }

  @Override
  public void close() {
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
