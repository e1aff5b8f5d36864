package org.jlvs.server.host;

import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.linux.netlink.InterfaceAddress;
import org.jlvs.linux.netlink.Route;
import org.jlvs.linux.netlink.RoutingRule;
import org.jspecify.annotations.Nullable;

/**
 * The host's routes at one moment: the tables local and main, as the kernel asks them without
 * policy rules, and which marks a rule takes for the host. Of routes spread over several next hops
 * the first is taken. Immutable; threads may share it.
 */
final class RoutingTable {
  private static final Way REFUSED = new Way.Refused();

  static final RoutingTable EMPTY = new RoutingTable(List.of(), List.of(), List.of());

  /** Where packets of a prefix go. */
  sealed interface Way {
    /**
     * To the host itself.
     *
     * @param broadcast and to all others of its network
     */
    record Local(boolean broadcast) implements Way {}

    /**
     * Out of an interface.
     *
     * @param gateway null when the destination itself is on the link
     * @param mtu of the route, 0 for the interface's
     * @param source to send from, when the route says
     */
    record Out(int interfaceIndex, @Nullable Address gateway, int mtu, Optional<Address> source)
        implements Way {}

    /** Nowhere: such packets are refused. */
    record Refused() implements Way {}
  }

  private record Tables(PrefixTable<Way> local, PrefixTable<Way> main) {}

  private final Tables ipv4;
  private final Tables ipv6;
  private final Map<Integer, List<Address>> addresses = new HashMap<>();

  /** The rules, in order, that decide about marked packets of a family before table main does. */
  private final Map<Family, List<MarkRule>> markRules = new EnumMap<>(Family.class);

  /** Whether packets that a rule matches are the host's, wherever they are bound. */
  private record MarkRule(RoutingRule rule, boolean local) {}

  RoutingTable(
      List<Route> routes, List<InterfaceAddress> interfaceAddresses, List<RoutingRule> rules) {
    List<Route> byMetric =
        routes.stream()
            .sorted(Comparator.comparingLong(route -> Integer.toUnsignedLong(route.metric())))
            .toList();
    ipv4 = tables(Family.IPV4, byMetric);
    ipv6 = tables(Family.IPV6, byMetric);
    interfaceAddresses.stream()
        .sorted(Comparator.comparingInt(InterfaceAddress::scope))
        .forEach(
            a ->
                addresses
                    .computeIfAbsent(a.interfaceIndex(), index -> new ArrayList<>())
                    .add(Address.of(a.address().getAddress())));
    for (Family family : Family.values()) {
      List<MarkRule> ofFamily =
          rules.stream()
              .filter(rule -> rule.ipv6() == (family == Family.IPV6))
              .map(rule -> new MarkRule(rule, isAllLocal(rule, byMetric)))
              .toList();
      boolean any = ofFamily.stream().anyMatch(MarkRule::local);
      markRules.put(family, any ? ofFamily : List.of());
    }
  }

  /** Whether a rule's table has all destinations for the host's own. */
  private static boolean isAllLocal(RoutingRule rule, List<Route> routes) {
    List<Route> ofTable =
        routes.stream()
            .filter(route -> route.table() == rule.table())
            .filter(route -> route.destination() instanceof Inet6Address == rule.ipv6())
            .toList();
    return ofTable.stream()
        .anyMatch(route -> route.prefixLength() == 0 && route.type() == Route.Type.LOCAL);
  }

  /** Whether {@link #takesMarked} is true of any mark. */
  boolean hasMarkedRoutes(Family family) {
    return !markRules.getOrDefault(family, List.of()).isEmpty();
  }

  /** Whether a rule takes all packets of a family with this mark for the host. */
  boolean takesMarked(Family family, int mark) {
    List<MarkRule> ofFamily = markRules.getOrDefault(family, List.of());
    for (int i = 0; i < ofFamily.size(); i++) {
      if (ofFamily.get(i).rule().matches(mark)) {
        return ofFamily.get(i).local();
      }
    }
    return false;
  }

  private static Tables tables(Family family, List<Route> routes) {
    return new Tables(
        table(family, routes, Route.TABLE_LOCAL), table(family, routes, Route.TABLE_MAIN));
  }

  private static PrefixTable<Way> table(Family family, List<Route> routes, int number) {
    List<PrefixTable.Entry<Way>> entries = new ArrayList<>();
    for (Route route : routes) {
      Address prefix = Address.of(route.destination().getAddress());
      if (route.table() == number && prefix.family() == family) {
        entries.add(new PrefixTable.Entry<>(prefix, route.prefixLength(), way(route)));
      }
    }
    return new PrefixTable<>(family, entries);
  }

  private static Way way(Route route) {
    return switch (route.type()) {
      case LOCAL, ANYCAST, MULTICAST -> new Way.Local(false);
      case BROADCAST -> new Way.Local(true);
      case UNICAST -> out(route);
      case BLACKHOLE, UNREACHABLE, PROHIBIT, UNSPECIFIED, OTHER -> REFUSED;
    };
  }

  private static Way out(Route route) {
    if (route.nextHops().isEmpty()) {
      return REFUSED;
    }
    Route.NextHop hop = route.nextHops().getFirst();
    var gateway = hop.gateway();
    var source = route.preferredSource();
    return new Way.Out(
        hop.interfaceIndex(),
        gateway == null ? null : Address.of(gateway.getAddress()),
        route.mtu(),
        source == null ? Optional.empty() : Optional.of(Address.of(source.getAddress())));
  }

  /**
   * Where packets to a destination go; nowhere without a route. Allocates nothing.
   *
   * @param high the address as in {@link Address}
   */
  Way way(Family family, long high, long low) {
    Tables ofFamily = family == Family.IPV4 ? ipv4 : ipv6;
    Way way = ofFamily.local.lookup(high, low);
    if (way == null) {
      way = ofFamily.main.lookup(high, low);
    }
    return way == null ? REFUSED : way;
  }

  /** The address the host would send from, towards {@code destination}. */
  Optional<Address> source(Address destination) {
    return switch (way(destination.family(), destination.high(), destination.low())) {
      case Way.Local local -> Optional.of(destination);
      case Way.Refused refused -> Optional.empty();
      case Way.Out out ->
          out.source().or(() -> addressOf(out.interfaceIndex(), destination.family()));
    };
  }

  private Optional<Address> addressOf(int interfaceIndex, Family family) {
    return addresses.getOrDefault(interfaceIndex, List.of()).stream()
        .filter(address -> address.family() == family)
        .findFirst();
  }
}
