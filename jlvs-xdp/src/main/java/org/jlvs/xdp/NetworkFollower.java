package org.jlvs.xdp;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jlvs.core.net.Address;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.Neighbour;
import org.jlvs.linux.netlink.NetworkEvent;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.LinuxException;

/**
 * Keeps interfaces and next hops as the host has them, from its state and its notifications. For
 * the engine thread.
 */
final class NetworkFollower {
  private static final System.Logger LOG = System.getLogger(NetworkFollower.class.getName());

  private final RouteSocket routes;
  private final Interfaces interfaces;
  private final HopTable hops;

  NetworkFollower(RouteSocket routes, Interfaces interfaces, HopTable hops) {
    this.routes = routes;
    this.interfaces = interfaces;
    this.hops = hops;
  }

  /** A resolver that lets the kernel ask, as if it had a packet to send. */
  static NeighbourResolver resolver(RouteSocket routes) {
    return (interfaceIndex, address) -> {
      try {
        routes.resolve(interfaceIndex, InetAddress.getByAddress(address.bytes()));
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "{0}", e.getMessage());
      }
    };
  }

  /** Asks for all interfaces and neighbours. */
  void refresh() throws LinuxException {
    interfaces.are(routes.links());
    record Known(int interfaceIndex, Address address) {}
    Set<Known> known = new HashSet<>();
    List<Neighbour> neighbours = new ArrayList<>(routes.neighbours());
    neighbours.removeIf(neighbour -> !neighbour.isValid());
    for (Neighbour neighbour : neighbours) {
      known.add(new Known(neighbour.interfaceIndex(), address(neighbour)));
    }
    hops.neighboursAre((index, address) -> known.contains(new Known(index, address)));
    neighbours.forEach(this::changed);
  }

  /** Takes in one notification. */
  void follow(NetworkEvent event) {
    switch (event) {
      case NetworkEvent.LinkChanged(Link link) -> interfaces.changed(link);
      case NetworkEvent.LinkRemoved(Link link) -> interfaces.removed(link);
      case NetworkEvent.NeighbourChanged(Neighbour neighbour) -> changed(neighbour);
      case NetworkEvent.NeighbourRemoved(Neighbour neighbour) ->
          hops.unresolved(neighbour.interfaceIndex(), address(neighbour));
      case NetworkEvent.Lost _ -> {
        try {
          refresh();
        } catch (LinuxException e) {
          LOG.log(Level.WARNING, "can''t ask for the network''s state: {0}", e.getMessage());
        }
      }
      case NetworkEvent.AddressAdded _ -> {}
      case NetworkEvent.AddressRemoved _ -> {}
      case NetworkEvent.RouteAdded _ -> {}
      case NetworkEvent.RouteRemoved _ -> {}
      case NetworkEvent.RulesChanged _ -> {}
    }
  }

  private void changed(Neighbour neighbour) {
    Address address = address(neighbour);
    int index = neighbour.interfaceIndex();
    if (!neighbour.isValid() || neighbour.mac() == null) {
      hops.unresolved(index, address);
      return;
    }
    hops.resolved(index, address, neighbour.mac().bits());
    // The program's packets don't tell the kernel that the neighbour is in use, so that it would go
    // stale and be forgotten.
    if ((neighbour.state() & Neighbour.NUD_STALE) != 0 && hops.leadsTo(index, address)) {
      hops.resolve(index, address);
    }
  }

  private static Address address(Neighbour neighbour) {
    return Address.of(neighbour.address().getAddress());
  }
}
