package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.bpf.BpfMap.UpdateMode;

/**
 * The kernel program's filter of packets that it knows no connection for: those of the director's
 * services go up, everything else is the host's. For the engine thread.
 */
public final class InterestMap {
  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;

  private static final List<Address> ANY = List.of(Address.ipv4(0), Address.ipv6(0, 0));

  private final BpfMap map;
  private final MemorySegment settings;

  /** What is in the map. */
  private final Map<Key, Integer> current;

  /** A key of the map; 0, 0.0.0.0 and :: are any. */
  private record Key(Address address, int protocol, int port) {
    /** Its bit among the settings' shapes. */
    int shape() {
      int family = address.isIpv4() ? 0 : DirectorLayout.SHAPES_IPV6_SHIFT;
      return shapeOfFamily() << family;
    }

    /** Whether all three are given. */
    boolean isEndpoint() {
      return shapeOfFamily() == DirectorLayout.SHAPE_ENDPOINT;
    }

    private int shapeOfFamily() {
      boolean any = address.isAny();
      if (protocol == 0) {
        return any ? DirectorLayout.SHAPE_ALL : DirectorLayout.SHAPE_ADDRESS;
      }
      if (port == 0) {
        return any ? DirectorLayout.SHAPE_PROTOCOL : DirectorLayout.SHAPE_ADDRESS_PROTOCOL;
      }
      return any ? DirectorLayout.SHAPE_PORT : DirectorLayout.SHAPE_ENDPOINT;
    }
  }

  /**
   * @param map the program's map, empty or as an earlier director left it
   * @param settings the program's settings
   */
  InterestMap(BpfMap map, MemorySegment settings) throws IOException {
    this.map = map;
    this.settings = settings;
    this.current = read();
  }

  /**
   * Makes the filter cover these packets and, as far as they come in pieces or as ICMP errors, also
   * those of the servers. What stays is not touched, so no packet meets a filter that lacks it.
   *
   * @param interests what packets of no connection to send up
   * @param masqueraded addresses of servers whose packets are translated
   * @param tunnelSources addresses that tunnels begin at, which ICMP errors about them come to
   */
  public void update(
      Collection<Interest> interests,
      Collection<Address> masqueraded,
      Collection<Address> tunnelSources)
      throws IOException {
    Map<Key, Integer> wanted = new HashMap<>();
    for (Interest interest : interests) {
      add(wanted, interest);
    }
    for (Address server : masqueraded) {
      merge(wanted, new Key(server, 0, 0), DirectorLayout.INTEREST_ODD_FROM);
    }
    for (Address source : tunnelSources) {
      merge(wanted, new Key(source, 0, 0), DirectorLayout.INTEREST_ODD_TO);
    }
    if (wanted.size() > map.spec().maxEntries()) {
      wanted.clear();
      add(wanted, Interest.EVERYTHING);
    }
    apply(wanted);
  }

  private static void add(Map<Key, Integer> wanted, Interest interest) {
    List<Address> addresses = interest.destination().map(List::of).orElse(ANY);
    addresses.forEach(address -> add(wanted, interest, address));
  }

  private static void add(Map<Key, Integer> wanted, Interest interest, Address address) {
    Key key = new Key(address, interest.protocol(), interest.protocol() == 0 ? 0 : interest.port());
    int flags = DirectorLayout.INTEREST_UNMATCHED;
    if (key.isEndpoint()) {
      flags |= DirectorLayout.INTEREST_RETRY;
    }
    merge(wanted, key, flags);
    merge(wanted, new Key(address, 0, 0), DirectorLayout.INTEREST_ODD_TO);
  }

  private static void merge(Map<Key, Integer> wanted, Key key, int flags) {
    wanted.merge(key, flags, (a, b) -> a | b);
  }

  private void apply(Map<Key, Integer> wanted) throws IOException {
    int shapes = 0;
    for (Key key : wanted.keySet()) {
      shapes |= key.shape();
    }
    int before = settings.get(U32, DirectorLayout.INTEREST_SHAPES);
    settings.set(U32, DirectorLayout.INTEREST_SHAPES, before | shapes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 4);
      MemorySegment value = arena.allocate(U32);
      // Deleting first makes room, which a full map needs.
      for (Key key : List.copyOf(current.keySet())) {
        if (!wanted.containsKey(key)) {
          map.delete(encode(key, bytes));
          current.remove(key);
        }
      }
      for (Map.Entry<Key, Integer> entry : wanted.entrySet()) {
        if (!entry.getValue().equals(current.get(entry.getKey()))) {
          value.set(U32, 0, entry.getValue());
          map.update(encode(entry.getKey(), bytes), value, UpdateMode.ANY);
          current.put(entry.getKey(), entry.getValue());
        }
      }
    }
    settings.set(U32, DirectorLayout.INTEREST_SHAPES, shapes);
  }

  private static MemorySegment encode(Key key, MemorySegment bytes) {
    bytes.fill((byte) 0);
    byte[] address = key.address.bytes();
    MemorySegment.copy(MemorySegment.ofArray(address), 0, bytes, 0, address.length);
    bytes.set(BE16, DirectorLayout.INTEREST_PORT, (short) key.port);
    bytes.set(ValueLayout.JAVA_BYTE, DirectorLayout.INTEREST_PROTOCOL, (byte) key.protocol);
    bytes.set(
        ValueLayout.JAVA_BYTE,
        DirectorLayout.INTEREST_FAMILY,
        (byte) key.address.family().number());
    return bytes;
  }

  /** What an earlier director left. */
  private Map<Key, Integer> read() throws IOException {
    Map<Key, Integer> found = new HashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 4);
      MemorySegment value = arena.allocate(U32);
      boolean more = map.nextKey(null, key);
      for (int i = 0; more && i < map.spec().maxEntries(); i++) {
        if (map.lookup(key, value)) {
          found.put(decode(key), value.get(U32, 0));
        }
        MemorySegment previous = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 4).copyFrom(key);
        more = map.nextKey(previous, key);
      }
    }
    return found;
  }

  private static Key decode(MemorySegment bytes) {
    int family = bytes.get(ValueLayout.JAVA_BYTE, DirectorLayout.INTEREST_FAMILY);
    int length = family == Family.IPV4.number() ? 4 : 16;
    byte[] address = bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return new Key(
        Address.of(address),
        bytes.get(ValueLayout.JAVA_BYTE, DirectorLayout.INTEREST_PROTOCOL) & 0xff,
        bytes.get(BE16, DirectorLayout.INTEREST_PORT) & 0xffff);
  }
}
