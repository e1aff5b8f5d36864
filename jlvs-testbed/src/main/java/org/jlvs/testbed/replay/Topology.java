package org.jlvs.testbed.replay;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Host;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * The network of every trace: clients behind a gateway on eth0 (wire c0), real servers on eth1
 * (wire r0), as the recorder sets them up. Interface sizes can be changed.
 */
final class Topology implements Host {
  static final int ETH0 = 2;
  static final int ETH1 = 3;

  /** The device that takes packets out of IP in IP when it is up. */
  static final int TUNL0 = 4;

  private static final int SERVERS = 9;
  private static final Address GATEWAY = Address.of("10.0.0.1");
  private static final Address GATEWAY_6 = Address.of("2001:db8::1");
  private static final String GATEWAY_MAC = "02:00:00:00:00:01";

  private static final Set<Address> OWN =
      Set.of(
          Address.of("10.0.0.254"),
          Address.of("10.0.0.100"),
          Address.of("10.0.0.101"),
          Address.of("10.1.0.254"),
          Address.of("2001:db8::fe"),
          Address.of("2001:db8::100"),
          Address.of("2001:db8:1::fe"),
          Address.of("::1"));

  /** The groups that every host belongs to. */
  private static final Set<Address> ALL_HOSTS =
      Set.of(Address.of("224.0.0.1"), Address.of("ff02::1"));

  private static final Set<Address> BROADCASTS =
      Set.of(
          Address.of("10.0.0.255"),
          Address.of("10.1.0.255"),
          Address.of("10.0.0.0"),
          Address.of("10.1.0.0"),
          Address.of("0.0.0.0"),
          Address.of("255.255.255.255"));

  private static final Set<Address> LAST_ADDRESSES =
      Set.of(Address.of("10.0.0.255"), Address.of("10.1.0.255"), Address.of("127.255.255.255"));

  /** A neighbour that is known for good. */
  private record Neighbour(int number, String mac, String label) {}

  private final Map<Address, Neighbour> neighbours = new HashMap<>();
  private final Map<Integer, Neighbour> byNumber = new HashMap<>();
  private final Map<Integer, Integer> mtus = new HashMap<>(Map.of(ETH0, 1500, ETH1, 1500));

  /** Marks whose packets a routing rule takes for the host, by their family. */
  private final Map<Family, Set<Integer>> takenMarks =
      new EnumMap<>(Map.of(Family.IPV4, new HashSet<>(), Family.IPV6, new HashSet<>()));

  private boolean unwrapping;

  Topology() {
    add(GATEWAY, GATEWAY_6, GATEWAY_MAC, "gw");
    for (int i = 1; i <= SERVERS; i++) {
      Address ipv4 = Address.of("10.1.0." + i);
      add(ipv4, Address.of("2001:db8:1::" + i), "02:00:00:00:01:0" + i, "rs" + i);
    }
  }

  /** Whether {@link #TUNL0} is up, so that IP in IP to the host is unwrapped. */
  boolean unwrapping() {
    return unwrapping;
  }

  void unwrapping(boolean up) {
    unwrapping = up;
  }

  private void add(Address ipv4, Address ipv6, String mac, String label) {
    Neighbour neighbour = new Neighbour(byNumber.size() + 1, mac, label);
    byNumber.put(neighbour.number, neighbour);
    neighbours.put(ipv4, neighbour);
    neighbours.put(ipv6, neighbour);
  }

  @Override
  public Route route(Address destination) {
    if (isOwn(destination) || ALL_HOSTS.contains(destination)) {
      return new Route.Local();
    }
    int device = device(destination);
    Neighbour neighbour =
        neighbours.get(isOnLink(destination) ? destination : gateway(destination));
    int number = neighbour == null ? 0 : neighbour.number;
    return new Route.Via(new Hop(number, device, mtus.getOrDefault(device, 1500)));
  }

  private static boolean isOwn(Address address) {
    return OWN.contains(address) || address.isIpv4() && address.low() >>> 24 == 127;
  }

  private static Address gateway(Address destination) {
    return destination.isIpv4() ? GATEWAY : GATEWAY_6;
  }

  private static int device(Address destination) {
    Address servers = Address.of(destination.isIpv4() ? "10.1.0.0" : "2001:db8:1::");
    return destination.masked(onLinkPrefix(destination)).equals(servers) ? ETH1 : ETH0;
  }

  private static boolean isOnLink(Address destination) {
    Address clients = Address.of(destination.isIpv4() ? "10.0.0.0" : "2001:db8::");
    return device(destination) == ETH1
        || destination.masked(onLinkPrefix(destination)).equals(clients);
  }

  private static int onLinkPrefix(Address address) {
    return address.isIpv4() ? 24 : 64;
  }

  @Override
  public Address sourceAddress(Address destination) {
    boolean toServers = device(destination) == ETH1;
    if (destination.family() == Family.IPV4) {
      return Address.of(toServers ? "10.1.0.254" : "10.0.0.254");
    }
    return Address.of(toServers ? "2001:db8:1::fe" : "2001:db8::100");
  }

  /** From now on packets with a mark are for the host, wherever they are bound. */
  void takeMarked(Family family, int mark) {
    takenMarks.getOrDefault(family, Set.of()).add(mark);
  }

  @Override
  public boolean hasMarkedRoutes(Family family) {
    return !takenMarks.getOrDefault(family, Set.of()).isEmpty();
  }

  @Override
  public boolean takesMarked(Family family, int mark) {
    return takenMarks.getOrDefault(family, Set.of()).contains(mark);
  }

  @Override
  public OptionalInt mtu(String networkInterface) {
    int device = interfaceNames().indexOf(networkInterface) + 1;
    return device == 0 ? OptionalInt.empty() : OptionalInt.of(mtu(device));
  }

  /** As the kernel's table local has them. */
  @Override
  public boolean isBroadcast(Address address) {
    return LAST_ADDRESSES.contains(address);
  }

  /**
   * Whether such an address can be no packet's source: fib_validate_source, ip6_rcv_core. IPv6
   * takes packets from the host's own addresses.
   */
  static boolean isMartianSource(Address source) {
    if (!source.isIpv4()) {
      return source.equals(Address.of("::1")) || isMulticast(source);
    }
    return isOwn(source)
        || source.low() == 0
        || source.equals(Address.of("255.255.255.255"))
        || isMulticast(source);
  }

  /** Whether packets to such an address go no further than the host, which has no use for them. */
  static boolean isUnknownDestination(Address destination) {
    boolean isLoopback =
        destination.isIpv4()
            ? destination.low() >>> 24 == 127
            : destination.equals(Address.of("::1"));
    boolean isUnheard = isMulticast(destination) && !ALL_HOSTS.contains(destination);
    return isLoopback || isUnheard || BROADCASTS.contains(destination);
  }

  static boolean isMulticast(Address address) {
    return address.isIpv4() ? address.ipv4Bits() >>> 28 == 0xe : address.high() >>> 56 == 0xff;
  }

  /** MAC of the neighbour behind a hop; null for one that nobody answers for. */
  @Nullable String mac(Hop hop) {
    Neighbour neighbour = byNumber.get(hop.number());
    return neighbour == null ? null : neighbour.mac;
  }

  /** What traces call the owner of a MAC; the MAC itself when it has no name. */
  String label(String mac) {
    return switch (mac) {
      case "02:00:00:00:00:fe" -> "dir-eth0";
      case "02:00:00:00:01:fe" -> "dir-eth1";
      default ->
          byNumber.values().stream()
              .filter(neighbour -> neighbour.mac.equals(mac))
              .map(Neighbour::label)
              .findFirst()
              .orElse(mac);
    };
  }

  static String ownMac(int device) {
    return device == ETH0 ? "02:00:00:00:00:fe" : "02:00:00:00:01:fe";
  }

  /** The other end of an interface's wire. */
  static String wire(int device) {
    return device == ETH0 ? "c0" : "r0";
  }

  /** The interface that packets from a wire come in by. */
  static Optional<Integer> deviceOfWire(String wire) {
    return switch (wire) {
      case "c0" -> Optional.of(ETH0);
      case "r0" -> Optional.of(ETH1);
      default -> Optional.empty();
    };
  }

  static List<String> interfaceNames() {
    return List.of("lo", "eth0", "eth1");
  }

  int mtu(int device) {
    return mtus.getOrDefault(device, 1500);
  }

  void mtu(int device, int bytes) {
    mtus.put(device, bytes);
  }
}
