package org.jlvs.xdp;

import static org.jlvs.xdp.SharedFields.BE64;
import static org.jlvs.xdp.SharedFields.U32;
import static org.jlvs.xdp.SharedFields.U32_HANDLE;
import static org.jlvs.xdp.SharedFields.U64;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/**
 * Next hops by number, as connections name them and the kernel program sends by them. A number
 * means the same interface and neighbour for ever, so connections may keep it; what changes is the
 * neighbour's Ethernet address, and whether it is known. For the engine thread.
 *
 * <p>Numbers beyond the shared area are as good for the engine; the program finds nothing there and
 * sends such packets up.
 */
public final class HopTable {
  /* The Java fields of the area: u32 route's MTU, u32 family, and the halves of the address. */
  private static final int ROUTE_MTU = ConnectionLayout.HOP_JAVA_FIELDS;
  private static final int FAMILY = ROUTE_MTU + 4;
  private static final int NEIGHBOUR_HIGH = FAMILY + 8;
  private static final int NEIGHBOUR_LOW = NEIGHBOUR_HIGH + 8;

  private final MemorySegment area;
  private final int areaCapacity;
  private final NeighbourResolver resolver;

  /** Those that hops lead to, and others whose Ethernet address is known. */
  private final Map<NeighbourKey, Neighbour> neighbours = new HashMap<>();

  private final Map<Integer, Device> devices = new HashMap<>();

  /** By number less one. */
  private final List<Entry> entries = new ArrayList<>();

  private record NeighbourKey(int interfaceIndex, Address address) {}

  private static final class Neighbour {
    final NeighbourKey key;
    final List<Entry> hops = new ArrayList<>(1);

    /** Its Ethernet address in the low six bytes, in the order of the wire. */
    long mac;

    boolean resolved;

    Neighbour(NeighbourKey key) {
      this.key = key;
    }
  }

  private static final class Entry {
    final Neighbour neighbour;
    final int routeMtu;
    Hop hop;

    Entry(Neighbour neighbour, int routeMtu, Hop hop) {
      this.neighbour = neighbour;
      this.routeMtu = routeMtu;
      this.hop = hop;
    }
  }

  /** What hops need to know of an interface. */
  private record Device(long mac, int mtu, boolean programCanSend) {
    static final Device ABSENT = new Device(0, 0, false);
  }

  /**
   * @param area the shared hops. What an earlier director left there is taken over with its
   *     numbers; its Ethernet addresses count until the host says otherwise
   * @param resolver asked about the neighbour of each new hop
   */
  HopTable(MemorySegment area, NeighbourResolver resolver) {
    this.area = area;
    this.resolver = resolver;
    this.areaCapacity = (int) (area.byteSize() / ConnectionLayout.HOP_BYTES);
    int number = 1;
    while (number < areaCapacity && adopt(number)) {
      number++;
    }
    if (number < areaCapacity) {
      area.asSlice(at(number)).fill((byte) 0);
    }
  }

  /** Numbers are given out in order, so the first that is none ends them. */
  private boolean adopt(int number) {
    long at = at(number);
    int interfaceIndex = area.get(U32, at + ConnectionLayout.HOP_INTERFACE);
    int family = area.get(U32, at + FAMILY);
    boolean ipv4 = family == Family.IPV4.number();
    if (interfaceIndex <= 0 || !ipv4 && family != Family.IPV6.number()) {
      return false;
    }
    long high = area.get(BE64, at + NEIGHBOUR_HIGH);
    long low = area.get(BE64, at + NEIGHBOUR_LOW);
    Address address = ipv4 ? Address.ipv4((int) low) : Address.ipv6(high, low);
    Neighbour neighbour = neighbour(interfaceIndex, address);
    neighbour.mac = area.get(U64, at + ConnectionLayout.HOP_DESTINATION);
    neighbour.resolved = area.get(U32, at + ConnectionLayout.HOP_VALID) != 0;
    int mtu = area.get(U32, at + ConnectionLayout.HOP_MTU);
    add(neighbour, area.get(U32, at + ROUTE_MTU), new Hop(number, interfaceIndex, mtu));
    return true;
  }

  /**
   * The hop to a neighbour, made when it is new. Its MTU is the smaller one of interface and route,
   * at this moment; its number may be kept.
   *
   * @param address of the gateway, or the destination itself when it is on the link
   * @param routeMtu largest IP packet by the route; 0 when the route sets none
   */
  public Hop hop(int interfaceIndex, Address address, int routeMtu) {
    Neighbour neighbour = neighbour(interfaceIndex, address);
    for (Entry entry : neighbour.hops) {
      if (entry.routeMtu == routeMtu) {
        return entry.hop;
      }
    }
    int number = entries.size() + 1;
    if (number < areaCapacity) {
      long at = at(number);
      area.set(U32, at + ROUTE_MTU, routeMtu);
      area.set(BE64, at + NEIGHBOUR_HIGH, address.high());
      area.set(BE64, at + NEIGHBOUR_LOW, address.low());
      area.set(U32, at + FAMILY, address.family().number());
    }
    Entry entry = add(neighbour, routeMtu, new Hop(number, interfaceIndex, 0));
    publish(entry);
    resolver.resolve(interfaceIndex, address);
    return entry.hop;
  }

  /** The neighbour's Ethernet address is known; {@code mac} has its first byte highest. */
  void resolved(int interfaceIndex, Address address, long mac) {
    Neighbour neighbour = neighbour(interfaceIndex, address);
    neighbour.mac = wire(mac);
    neighbour.resolved = true;
    neighbour.hops.forEach(this::publish);
  }

  /** The neighbour's Ethernet address does not hold any more, or nobody answers. */
  void unresolved(int interfaceIndex, Address address) {
    Neighbour neighbour = neighbours.get(new NeighbourKey(interfaceIndex, address));
    if (neighbour != null) {
      unresolve(neighbour);
      if (neighbour.hops.isEmpty()) {
        neighbours.remove(neighbour.key);
      }
    }
  }

  /** Of all neighbours only those that match have an Ethernet address that holds. */
  void neighboursAre(BiPredicate<Integer, Address> known) {
    for (Neighbour neighbour : neighbours.values()) {
      if (neighbour.resolved && !known.test(neighbour.key.interfaceIndex, neighbour.key.address)) {
        unresolve(neighbour);
      }
    }
    forgetUnused();
  }

  /** Whether any hop leads to the neighbour. */
  boolean leadsTo(int interfaceIndex, Address address) {
    Neighbour neighbour = neighbours.get(new NeighbourKey(interfaceIndex, address));
    return neighbour != null && !neighbour.hops.isEmpty();
  }

  /** Asks about a neighbour. */
  void resolve(int interfaceIndex, Address address) {
    resolver.resolve(interfaceIndex, address);
  }

  /** Asks about every neighbour that a hop leads to. */
  void resolveAll() {
    for (Neighbour neighbour : neighbours.values()) {
      if (!neighbour.hops.isEmpty()) {
        resolver.resolve(neighbour.key.interfaceIndex, neighbour.key.address);
      }
    }
  }

  /**
   * An interface is there or has changed.
   *
   * @param mac its own address, first byte highest
   * @param programCanSend whether the program can send by it
   */
  void interfaceIs(int interfaceIndex, long mac, int mtu, boolean programCanSend) {
    devices.put(interfaceIndex, new Device(wire(mac), mtu, programCanSend));
    publishAll(interfaceIndex);
  }

  /** Of all interfaces only these are there; nothing leaves by others. */
  void interfacesAre(Predicate<Integer> present) {
    devices.keySet().removeIf(present.negate());
    for (Neighbour neighbour : neighbours.values()) {
      if (!present.test(neighbour.key.interfaceIndex)) {
        unresolve(neighbour);
      }
    }
    forgetUnused();
  }

  private void unresolve(Neighbour neighbour) {
    neighbour.resolved = false;
    neighbour.hops.forEach(this::publish);
  }

  private void forgetUnused() {
    neighbours.values().removeIf(neighbour -> !neighbour.resolved && neighbour.hops.isEmpty());
  }

  /** Whether frames can be sent to the hop: its Ethernet address is known. */
  boolean isResolved(int number) {
    return entry(number).neighbour.resolved;
  }

  /** The hop's Ethernet address, in the low six bytes in the order of the wire. */
  long destination(int number) {
    return entry(number).neighbour.mac;
  }

  int interfaceIndex(int number) {
    return entry(number).neighbour.key.interfaceIndex;
  }

  /** The address that is asked for when the hop is not resolved. */
  Address neighbour(int number) {
    return entry(number).neighbour.key.address;
  }

  /** Whether there is such a number. */
  boolean contains(int number) {
    return number > 0 && number <= entries.size();
  }

  /**
   * Who a hop leads to.
   *
   * @param mac as {@code 02:00:00:00:00:01}; empty while it is not known
   */
  public record Target(Address neighbour, Optional<String> mac) {}

  /** Who a hop leads to; empty when there is no such number. */
  public Optional<Target> target(int number) {
    if (!contains(number)) {
      return Optional.empty();
    }
    Neighbour neighbour = entry(number).neighbour;
    return Optional.of(
        new Target(
            neighbour.key.address,
            neighbour.resolved ? Optional.of(text(neighbour.mac)) : Optional.empty()));
  }

  private static String text(long wireMac) {
    StringBuilder text = new StringBuilder();
    for (int shift = 0; shift < 48; shift += 8) {
      text.append(shift == 0 ? "" : ":").append("%02x".formatted(wireMac >>> shift & 0xff));
    }
    return text.toString();
  }

  private void publishAll(int interfaceIndex) {
    for (Entry entry : entries) {
      if (entry.neighbour.key.interfaceIndex == interfaceIndex) {
        publish(entry);
      }
    }
  }

  /** Brings the entry's hop and the shared area up to date. */
  private void publish(Entry entry) {
    int interfaceIndex = entry.neighbour.key.interfaceIndex;
    Device device = devices.getOrDefault(interfaceIndex, Device.ABSENT);
    int mtu = entry.routeMtu == 0 ? device.mtu : Math.min(entry.routeMtu, device.mtu);
    int number = entry.hop.number();
    entry.hop = new Hop(number, interfaceIndex, mtu);
    if (number >= areaCapacity) {
      return;
    }
    long at = at(number);
    boolean valid = entry.neighbour.resolved && device.programCanSend;
    if (!valid) {
      U32_HANDLE.setRelease(area, at + ConnectionLayout.HOP_VALID, 0);
    }
    area.set(U64, at + ConnectionLayout.HOP_DESTINATION, entry.neighbour.mac);
    area.set(U64, at + ConnectionLayout.HOP_SOURCE, device.mac);
    area.set(U32, at + ConnectionLayout.HOP_MTU, mtu);
    U32_HANDLE.setRelease(area, at + ConnectionLayout.HOP_INTERFACE, interfaceIndex);
    if (valid) {
      U32_HANDLE.setRelease(area, at + ConnectionLayout.HOP_VALID, 1);
    }
  }

  private Neighbour neighbour(int interfaceIndex, Address address) {
    return neighbours.computeIfAbsent(new NeighbourKey(interfaceIndex, address), Neighbour::new);
  }

  private Entry add(Neighbour neighbour, int routeMtu, Hop hop) {
    Entry entry = new Entry(neighbour, routeMtu, hop);
    entries.add(entry);
    neighbour.hops.add(entry);
    return entry;
  }

  private Entry entry(int number) {
    return entries.get(number - 1);
  }

  private static long at(int number) {
    return (long) number * ConnectionLayout.HOP_BYTES;
  }

  private static long wire(long mac) {
    return Long.reverseBytes(mac) >>> 16;
  }
}
