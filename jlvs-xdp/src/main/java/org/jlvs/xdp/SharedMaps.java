package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.control.Statistics;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.ElfObject;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.bpf.MapSpec;
import org.jlvs.linux.bpf.PossibleCpus;

/**
 * The maps that the kernel program and the engine share, and the memory behind them. They live as
 * long as a process or an attached program holds them, so those of a director that died are found
 * by its program. For the engine thread.
 */
final class SharedMaps implements AutoCloseable {
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;
  private static final int HOPS = 1 << 14;
  private static final int INTERESTS = 1 << 16;

  /** Those that outlive a director. */
  private static final List<String> NAMES =
      List.of(
          DirectorObject.SETTINGS,
          DirectorObject.SLOTS,
          DirectorObject.BUCKETS,
          DirectorObject.HOPS,
          DirectorObject.TUNNELS,
          DirectorObject.PASSING,
          DirectorObject.COUNTERS,
          DirectorObject.INTERESTS,
          DirectorObject.QUEUES,
          DirectorObject.XSKS);

  private final Map<String, BpfMap> maps;
  private final Arena arena = Arena.ofShared();
  private final boolean adopted;
  private final MemorySegment settings;
  private final MemorySegment slots;
  private final MemorySegment buckets;
  private final MemorySegment hops;
  private final MemorySegment tunnels;
  private final MemorySegment passing;
  private final MemorySegment counters;

  private SharedMaps(Map<String, BpfMap> maps, boolean adopted) throws IOException {
    this.maps = maps;
    this.adopted = adopted;
    this.settings = map(DirectorObject.SETTINGS).map(arena);
    this.slots = map(DirectorObject.SLOTS).map(arena);
    this.buckets = map(DirectorObject.BUCKETS).map(arena);
    this.hops = map(DirectorObject.HOPS).map(arena);
    this.tunnels = map(DirectorObject.TUNNELS).map(arena);
    this.passing = map(DirectorObject.PASSING).map(arena);
    this.counters = map(DirectorObject.COUNTERS).map(arena);
  }

  /**
   * Makes new maps.
   *
   * @param connections most connections and templates at a time
   * @param servers real server numbers, which are below it
   */
  static SharedMaps create(int connections, int servers) throws IOException {
    Map<String, Integer> entries =
        Map.of(
            DirectorObject.SLOTS,
            connections + 1,
            DirectorObject.BUCKETS,
            buckets(connections),
            DirectorObject.HOPS,
            HOPS,
            DirectorObject.TUNNELS,
            servers,
            DirectorObject.COUNTERS,
            Math.multiplyExact(servers, PossibleCpus.count()),
            DirectorObject.INTERESTS,
            INTERESTS);
    Map<String, MapSpec> written = ElfObject.parse(DirectorObject.director()).maps();
    Map<String, BpfMap> maps = new HashMap<>();
    try {
      for (String name : NAMES) {
        MapSpec spec = Objects.requireNonNull(written.get(name), name);
        Integer size = entries.get(spec.name());
        maps.put(spec.name(), BpfMap.create(size == null ? spec : spec.withMaxEntries(size)));
      }
      SharedMaps shared = new SharedMaps(maps, false);
      shared.writeSettings(servers);
      return shared;
    } catch (IOException | RuntimeException e) {
      maps.values().forEach(BpfMap::close);
      throw e;
    }
  }

  /** Half as many buckets as connections, up to a power of two: 32 bytes of index each. */
  private static int buckets(int connections) {
    return Integer.highestOneBit(Math.max(connections - 1, 2));
  }

  private void writeSettings(int servers) {
    SecureRandom random = new SecureRandom();
    // A unicast address of nobody's: locally administered.
    long mark = random.nextLong() & 0xffff_ffff_fffcL | 2;
    settings.set(U64, DirectorLayout.HASH_SEED, random.nextLong());
    settings.set(U64, DirectorLayout.DELIVERY_MARK, mark);
    settings.set(
        U32, DirectorLayout.BUCKET_MASK, map(DirectorObject.BUCKETS).spec().maxEntries() - 1);
    settings.set(U32, DirectorLayout.SERVERS, servers);
    settings.set(
        U32, DirectorLayout.CONNECTIONS, map(DirectorObject.SLOTS).spec().maxEntries() - 1);
    settings.set(U32, DirectorLayout.VERSION, DirectorLayout.LAYOUT_VERSION);
  }

  /**
   * The maps of a director's program that is attached somewhere.
   *
   * @return empty when the program isn't a director's, or one of another layout
   */
  static Optional<SharedMaps> adopt(BpfProgram program) throws IOException {
    Map<String, BpfMap> maps = new HashMap<>();
    try {
      for (int id : program.info().mapIds()) {
        BpfMap map = BpfMap.openId(id);
        maps.put(map.spec().name(), map);
      }
      if (hasOurShape(maps)) {
        SharedMaps shared = new SharedMaps(maps, true);
        if (shared.isConsistent()) {
          return Optional.of(shared);
        }
        shared.close();
        return Optional.empty();
      }
    } catch (IOException | RuntimeException e) {
      maps.values().forEach(BpfMap::close);
      throw e;
    }
    maps.values().forEach(BpfMap::close);
    return Optional.empty();
  }

  private static boolean hasOurShape(Map<String, BpfMap> maps) throws IOException {
    if (!maps.keySet().equals(Set.copyOf(NAMES))) {
      return false;
    }
    Map<String, MapSpec> written = ElfObject.parse(DirectorObject.director()).maps();
    for (String name : NAMES) {
      MapSpec wanted = Objects.requireNonNull(written.get(name), name);
      BpfMap map = maps.get(name);
      if (map == null || !map.spec().withMaxEntries(wanted.maxEntries()).equals(wanted)) {
        return false;
      }
    }
    return true;
  }

  private boolean isConsistent() {
    int bucketCount = map(DirectorObject.BUCKETS).spec().maxEntries();
    int servers = servers();
    return settings.get(U32, DirectorLayout.VERSION) == DirectorLayout.LAYOUT_VERSION
        && Integer.bitCount(bucketCount) == 1
        && settings.get(U32, DirectorLayout.BUCKET_MASK) == bucketCount - 1
        && servers > 0
        && settings.get(U32, DirectorLayout.CONNECTIONS)
            == map(DirectorObject.SLOTS).spec().maxEntries() - 1
        && map(DirectorObject.TUNNELS).spec().maxEntries() == servers
        && (long) servers * PossibleCpus.count()
            == map(DirectorObject.COUNTERS).spec().maxEntries();
  }

  /** Options with which a program is loaded over these maps. */
  LoadOptions loadOptions() {
    LoadOptions options = LoadOptions.defaults();
    for (String name : NAMES) {
      options = options.map(name, map(name));
    }
    return options;
  }

  BpfMap map(String name) {
    BpfMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException("no map " + name + " among " + maps.keySet());
    }
    return map;
  }

  /** Whether they are an earlier director's, with its connections. */
  boolean adopted() {
    return adopted;
  }

  MemorySegment settings() {
    return settings;
  }

  /**
   * Tells the program of checksums that senders left to their devices.
   *
   * @param what one of {@link DirectorLayout}'s UNFINISHED_
   */
  void unfinishedChecksums(int what) {
    settings.set(U32, DirectorLayout.UNFINISHED, what);
  }

  MemorySegment slots() {
    return slots;
  }

  MemorySegment buckets() {
    return buckets;
  }

  MemorySegment hops() {
    return hops;
  }

  /** By real server number, as {@link DirectorLayout} says. */
  MemorySegment tunnels() {
    return tunnels;
  }

  /** The host's own flows. */
  MemorySegment passing() {
    return passing;
  }

  long seed() {
    return settings.get(U64, DirectorLayout.HASH_SEED);
  }

  /** In the low six bytes, in the order of the wire. */
  long deliveryMark() {
    return settings.get(U64, DirectorLayout.DELIVERY_MARK);
  }

  int servers() {
    return settings.get(U32, DirectorLayout.SERVERS);
  }

  /** What the program has counted under a server's number. */
  Statistics counted(int server) {
    if (server <= 0 || server >= servers()) {
      return Statistics.ZERO;
    }
    long inPackets = 0;
    long inBytes = 0;
    long outPackets = 0;
    long outBytes = 0;
    for (int cpu = 0; cpu < PossibleCpus.count(); cpu++) {
      long at = ((long) cpu * servers() + server) * ConnectionLayout.COUNTER_BYTES;
      inPackets += counters.get(U64, at + ConnectionLayout.COUNTER_IN_PACKETS);
      inBytes += counters.get(U64, at + ConnectionLayout.COUNTER_IN_BYTES);
      outPackets += counters.get(U64, at + ConnectionLayout.COUNTER_OUT_PACKETS);
      outBytes += counters.get(U64, at + ConnectionLayout.COUNTER_OUT_BYTES);
    }
    return new Statistics(0, inPackets, outPackets, inBytes, outBytes);
  }

  @Override
  public void close() {
    arena.close();
    maps.values().forEach(BpfMap::close);
  }
}
