package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.bpf.BpfMap.UpdateMode;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.bpf.PossibleCpus;
import org.jlvs.linux.bpf.RingBuffer;
import org.jlvs.linux.bpf.TestRun;
import org.jlvs.linux.bpf.XdpAction;
import org.jlvs.linux.sys.Fd;

/**
 * The real program in the kernel, run over packets in memory. Packets come in by the loopback
 * device's only queue; hop {@code n} leads to MAC {@link #hopMac}.
 */
final class DirectorFixture implements AutoCloseable {
  static final int LOOPBACK = 1;
  static final int OTHER_INTERFACE = 7;
  static final int MTU = 1500;
  static final int SERVERS = 16;
  static final long DELIVERY_MARK = 0x0000_5544_3322_1102L;
  static final String DELIVERY_MARK_MAC = "02:11:22:33:44:55";
  private static final int SLOTS = 1 << 15;
  private static final int BUCKETS = 1 << 12;
  private static final int HOPS = 16;
  static final long SEED = 0x0123_4567_89ab_cdefL;

  private final Arena arena = Arena.ofShared();
  private final BpfObject object;
  private final MemorySegment settings;
  private final MemorySegment hops;
  private final MemorySegment tunnels;
  private final MemorySegment counters;
  private final BpfMap interests;
  private final Fd listener;
  private final RingBuffer sent;
  final MemorySegment slots;
  final MemorySegment buckets;
  final PassingFlows passing;
  final TestTable table;
  private int shapes;

  DirectorFixture() throws IOException {
    Rights.assume();
    object =
        BpfObject.load(
            DirectorObject.director(),
            LoadOptions.defaults()
                .maxEntries(DirectorObject.SLOTS, SLOTS)
                .maxEntries(DirectorObject.BUCKETS, BUCKETS)
                .maxEntries(DirectorObject.HOPS, HOPS)
                .maxEntries(DirectorObject.TUNNELS, SERVERS)
                .maxEntries(DirectorObject.COUNTERS, SERVERS * PossibleCpus.count())
                .maxEntries(DirectorObject.INTERESTS, 64));
    settings = object.map(DirectorObject.SETTINGS).map(arena);
    settings.set(ValueLayout.JAVA_LONG, DirectorLayout.HASH_SEED, SEED);
    hops = object.map(DirectorObject.HOPS).map(arena);
    tunnels = object.map(DirectorObject.TUNNELS).map(arena);
    slots = object.map(DirectorObject.SLOTS).map(arena);
    buckets = object.map(DirectorObject.BUCKETS).map(arena);
    passing = new PassingFlows(object.map(DirectorObject.PASSING).map(arena), settings);
    counters = object.map(DirectorObject.COUNTERS).map(arena);
    interests = object.map(DirectorObject.INTERESTS);
    table = new TestTable(slots, buckets, SEED);
    settings.set(ValueLayout.JAVA_LONG, DirectorLayout.DELIVERY_MARK, DELIVERY_MARK);
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.BUCKET_MASK, table.mask());
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.SERVERS, SERVERS);
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.CONNECTIONS, SLOTS - 1);
    listener = xdpSocket();
    sent = new RingBuffer(object.map(DirectorObject.SENT));
  }

  static String hopMac(int hop) {
    return "02:00:00:00:%02x:01".formatted(hop);
  }

  static String hopSourceMac(int hop) {
    return "02:00:00:00:%02x:02".formatted(hop);
  }

  void hop(int number, int interfaceIndex, int mtu, boolean valid) {
    long at = (long) number * ConnectionLayout.HOP_BYTES;
    long number5 = (long) number << 32;
    hops.set(
        ValueLayout.JAVA_LONG, at + ConnectionLayout.HOP_DESTINATION, 0x0100_0000_0002L | number5);
    hops.set(ValueLayout.JAVA_LONG, at + ConnectionLayout.HOP_SOURCE, 0x0200_0000_0002L | number5);
    hops.set(ValueLayout.JAVA_INT, at + ConnectionLayout.HOP_INTERFACE, interfaceIndex);
    hops.set(ValueLayout.JAVA_INT, at + ConnectionLayout.HOP_MTU, mtu);
    hops.set(ValueLayout.JAVA_INT, at + ConnectionLayout.HOP_VALID, valid ? 1 : 0);
  }

  /** The program's settings. */
  MemorySegment settings() {
    return settings;
  }

  /** How the program wraps packets for a server, new each time. */
  TunnelTable tunnels() {
    return new TunnelTable(tunnels);
  }

  /** Packets for a server are wrapped so. */
  void tunnel(int server, String source, int kind, int mtu, int port, boolean copies) {
    long at = (long) server * DirectorLayout.TUNNEL_BYTES;
    byte[] bytes = Address.of(source).bytes();
    MemorySegment.copy(
        MemorySegment.ofArray(bytes), 0, tunnels, at + DirectorLayout.TUNNEL_SOURCE, bytes.length);
    tunnels.set(ValueLayout.JAVA_INT, at + DirectorLayout.TUNNEL_MTU, mtu);
    tunnels.set(ValueLayout.JAVA_INT, at + DirectorLayout.TUNNEL_KIND, kind);
    tunnels.set(
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN),
        at + DirectorLayout.TUNNEL_PORT,
        (short) port);
    tunnels.set(
        ValueLayout.JAVA_BYTE,
        at + DirectorLayout.TUNNEL_COPIES_DO_NOT_FRAGMENT,
        (byte) (copies ? 1 : 0));
  }

  /** Adds an interest; {@code address} may be 0.0.0.0 or ::, the numbers 0, for any. */
  void interest(String address, int protocol, int port, int flags) throws IOException {
    boolean anyAddress = Address.of(address).isAny();
    int shape;
    if (protocol == 0) {
      shape = anyAddress ? DirectorLayout.SHAPE_ALL : DirectorLayout.SHAPE_ADDRESS;
    } else if (port == 0) {
      shape = anyAddress ? DirectorLayout.SHAPE_PROTOCOL : DirectorLayout.SHAPE_ADDRESS_PROTOCOL;
    } else {
      shape = anyAddress ? DirectorLayout.SHAPE_PORT : DirectorLayout.SHAPE_ENDPOINT;
    }
    try (Arena scratch = Arena.ofConfined()) {
      interests.update(
          key(scratch, address, protocol, port),
          scratch.allocateFrom(ValueLayout.JAVA_INT, flags),
          UpdateMode.CREATE);
    }
    shapes |= Address.of(address).isIpv4() ? shape : shape << DirectorLayout.SHAPES_IPV6_SHIFT;
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.INTEREST_SHAPES, shapes);
  }

  void clearInterests() throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment key = scratch.allocate(DirectorLayout.INTEREST_KEY_BYTES, 8);
      while (interests.nextKey(null, key)) {
        interests.delete(key);
      }
    }
    shapes = 0;
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.INTEREST_SHAPES, 0);
  }

  private static MemorySegment key(Arena arena, String address, int protocol, int port) {
    MemorySegment key = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 8);
    byte[] bytes = Address.of(address).bytes();
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, key, 0, bytes.length);
    key.set(
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN),
        DirectorLayout.INTEREST_PORT,
        (short) port);
    key.set(ValueLayout.JAVA_BYTE, DirectorLayout.INTEREST_PROTOCOL, (byte) protocol);
    key.set(
        ValueLayout.JAVA_BYTE,
        DirectorLayout.INTEREST_FAMILY,
        (byte) Address.of(address).family().number());
    return key;
  }

  /** Whether a director's socket is there for the loopback device's queue. */
  void listening(boolean listens) throws IOException {
    if (listens) {
      object.map(DirectorObject.QUEUES).update(LOOPBACK, 0);
      object.map(DirectorObject.XSKS).update(0, listener.number());
    } else {
      object.map(DirectorObject.XSKS).delete(0);
    }
  }

  /** What senders may have left to their devices: one of {@link DirectorLayout}'s UNFINISHED_. */
  void unfinishedChecksums(int what) {
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.UNFINISHED, what);
  }

  Outcome run(PacketBuilder frame) throws IOException {
    return run(frame.build());
  }

  Outcome run(byte[] frame) throws IOException {
    TestRun.Result result = object.program(DirectorObject.DIRECTOR).testRun(TestRun.of(frame));
    return new Outcome(result.action(), HexFormat.of().formatHex(result.packet()));
  }

  /** Lets the host send a frame by the loopback device; answers what the program makes of it. */
  String answer(PacketBuilder frame) throws IOException {
    TestRun.Result result =
        object.program(DirectorObject.ANSWER).testRun(TestRun.of(frame.build()));
    return HexFormat.of().formatHex(result.packet());
  }

  /** Whether real servers may be on the host itself. */
  void servesLocally(boolean may) {
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.LOCAL_SERVERS, may ? 1 : 0);
  }

  /** What the director has been told since that the host has sent, in hexadecimal. */
  List<String> told() {
    List<String> packets = new ArrayList<>();
    sent.read(
        Integer.MAX_VALUE,
        (memory, offset, length) -> {
          int bytes = memory.get(ValueLayout.JAVA_INT, offset + DirectorLayout.SENT_LENGTH);
          byte[] packet =
              memory
                  .asSlice(offset + DirectorLayout.SENT_PACKET, bytes)
                  .toArray(ValueLayout.JAVA_BYTE);
          packets.add(HexFormat.of().formatHex(packet));
        });
    return packets;
  }

  /** One of the server's counters, of all CPUs together. */
  long counter(int server, int field) {
    long sum = 0;
    for (int cpu = 0; cpu < PossibleCpus.count(); cpu++) {
      long at = (cpu * (long) SERVERS + server) * ConnectionLayout.COUNTER_BYTES;
      sum += counters.get(ValueLayout.JAVA_LONG, at + field);
    }
    return sum;
  }

  void clear() throws IOException {
    table.clearEntries();
    counters.fill((byte) 0);
    hops.fill((byte) 0);
    tunnels.fill((byte) 0);
    passing.forget();
    clearInterests();
    unfinishedChecksums(DirectorLayout.UNFINISHED_NONE);
    listening(false);
    servesLocally(false);
    List<String> _ = told();
  }

  @Override
  public void close() {
    sent.close();
    listener.close();
    object.close();
    arena.close();
  }

  /**
   * What the program did with a frame.
   *
   * @param frame as it left it, in hexadecimal
   */
  record Outcome(XdpAction verdict, String frame) {}

  /** An XSKMAP takes any AF_XDP socket, also one that is not bound to a device. */
  private static Fd xdpSocket() {
    MethodHandle socket =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("socket"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT));
    int afXdp = 44;
    int sockRaw = 3;
    try {
      return Fd.of((int) socket.invokeExact(afXdp, sockRaw, 0));
    } catch (Throwable e) {
      throw new IllegalStateException("can't call socket(2)", e);
    }
  }
}
