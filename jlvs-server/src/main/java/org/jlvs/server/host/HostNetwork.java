package org.jlvs.server.host;

import java.util.Map;
import java.util.OptionalInt;
import org.jlvs.core.engine.Host;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.server.host.RoutingTable.Way;
import org.jlvs.xdp.HopTable;
import org.jspecify.annotations.Nullable;

/**
 * The host as the packet engine asks it: routes from the last {@link RoutingTable}, next hops from
 * the shared hop table. For the engine thread; {@link HostWatcher} brings it up to date there.
 */
public final class HostNetwork implements Host {
  private static final Route LOCAL = new Route.Local();
  private static final Route UNREACHABLE = new Route.Unreachable();

  private static final long MILLIS_A_DAY = 86_400_000;

  private final HopTable hops;
  private RoutingTable routes = RoutingTable.EMPTY;
  private Map<String, Integer> mtuByName = Map.of();

  public HostNetwork(HopTable hops) {
    this.hops = hops;
  }

  /** Takes over a newer table, and the MTUs of all interfaces by their names. */
  void routesAre(RoutingTable newer, Map<String, Integer> mtus) {
    routes = newer;
    mtuByName = mtus;
  }

  @Override
  public OptionalInt mtu(String networkInterface) {
    Integer mtu = mtuByName.get(networkInterface);
    return mtu == null ? OptionalInt.empty() : OptionalInt.of(mtu);
  }

  @Override
  public Route route(Address destination) {
    return route(destination.family(), destination.high(), destination.low());
  }

  @Override
  public Route route(Family family, long high, long low) {
    return switch (routes.way(family, high, low)) {
      case Way.Local local -> LOCAL;
      case Way.Refused refused -> UNREACHABLE;
      case Way.Out out -> {
        Address gateway = out.gateway();
        Address neighbour = gateway == null ? new Address(family, high, low) : gateway;
        yield new Route.Via(hops.hop(out.interfaceIndex(), neighbour, out.mtu()));
      }
    };
  }

  @Override
  public boolean hasMarkedRoutes(Family family) {
    return routes.hasMarkedRoutes(family);
  }

  @Override
  public boolean takesMarked(Family family, int mark) {
    return routes.takesMarked(family, mark);
  }

  @Override
  public boolean isBroadcast(Address address) {
    return routes.way(address.family(), address.high(), address.low())
            instanceof Way.Local(boolean broadcast)
        && broadcast;
  }

  @Override
  public int millisOfDay() {
    return (int) (System.currentTimeMillis() % MILLIS_A_DAY);
  }

  @Override
  public @Nullable Address sourceAddress(Address destination) {
    return routes.source(destination).orElse(null);
  }
}
