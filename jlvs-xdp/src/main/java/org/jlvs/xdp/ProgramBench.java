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
  private static final int VIRTUAL_PORT = 80;
  private static final int SERVER_PORT = 8080;
  private static final int MTU = 1500;

  /** Nothing leaves in a test run, so there need not be such an interface. */
  private static final int INTERFACE = Integer.MAX_VALUE;

  /* struct bench of bench.bpf.c, and how it numbers connections. */
  private static final int RANDOM = 0;
  private static final int FLOWS = 8;
  private static final int DESTINATION = 12;
  private static final int DESTINATION_PORT = 16;
  private static final int BENCH_BYTES = 24;
  private static final int FIRST_CLIENT = 0x0a00_0000;
  private static final int FIRST_PORT = 1024;
  private static final int PORTS_BITS = 15;
  private static final int MOST_FLOWS = 1 << 26;

  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final BpfProgram direct;
  private final BpfProgram harness;
  private final byte[] frame =
      PacketBuilder.eth()
          .ipv4("10.0.0.1", VIRTUAL.toString())
          .tcp(FIRST_PORT, VIRTUAL_PORT)
          .ack()
          .payload(10)
          .build();

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
   * @param forwarding {@link ForwardingMethod#DIRECT_ROUTE} or {@link ForwardingMethod#MASQUERADE}
   */
  public static ProgramBench fill(int flows, ForwardingMethod forwarding) throws IOException {
    if (flows < 1 || flows > MOST_FLOWS) {
      throw new IllegalArgumentException("can't measure with " + flows + " flows");
    }
    return new ProgramBench(flows, forwarding);
  }

  private ProgramBench(int flows, ForwardingMethod forwarding) throws IOException {
    try {
      SharedMaps maps = SharedMaps.create(flows, SERVERS);
      resources.push(maps);
      LoadOptions options = maps.loadOptions().only("bench_direct", "bench_harness");
      BpfObject object = BpfObject.load(DirectorObject.bench(), options);
      resources.push(object);
      direct = object.program("bench_direct");
      harness = object.program("bench_harness");
      addHop(maps.hops());
      describe(object.map("bench"), flows);
      addConnections(maps, flows, forwarding);
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

  private static void describe(BpfMap bench, int flows) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(BENCH_BYTES, 8);
      value.set(ValueLayout.JAVA_LONG, RANDOM, 0x2545_F491_4F6C_DD1DL);
      value.set(ValueLayout.JAVA_INT, FLOWS, flows);
      value.set(BE32, DESTINATION, VIRTUAL.ipv4Bits());
      value.set(BE16, DESTINATION_PORT, (short) VIRTUAL_PORT);
      bench.update(arena.allocateFrom(ValueLayout.JAVA_INT, 0), value, UpdateMode.ANY);
    }
  }

  private static void addConnections(SharedMaps maps, int flows, ForwardingMethod forwarding)
      throws IOException {
    ConnectionTable table = ConnectionTable.create(maps.slots(), maps.buckets(), maps.seed(), 0);
    Flow flow = new Flow();
    flow.protocol = TCP;
    flow.destination(VIRTUAL);
    flow.destinationPort = VIRTUAL_PORT;
    ConnectionKey key = new ConnectionKey();
    for (int n = 0; n < flows; n++) {
      flow.source(Address.ipv4(FIRST_CLIENT + (n >>> PORTS_BITS)));
      flow.sourcePort = FIRST_PORT + (n & (1 << PORTS_BITS) - 1);
      int server = 1 + n % (SERVERS - 1);
      int slot =
          table.add(
              key.set(flow),
              Address.ipv4(0x0aff_0100 + server),
              SERVER_PORT,
              forwarding,
              server,
              0,
              0,
              0);
      if (slot == 0) {
        throw new IOException("the table took only " + n + " of " + flows + " connections");
      }
      table.slots().inHop(slot, 1);
      table.slots().flags(slot, ConnectionLayout.FLAG_FAST_IN | ConnectionLayout.FLAG_FAST_OUT);
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
