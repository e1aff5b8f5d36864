package org.jlvs.linux.netlink;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * Hears of changes of links, neighbours, addresses, routes and routing rules in the network
 * namespace of the thread that opened it. Open it first, then ask {@link RouteSocket} for the state
 * so far: then nothing is missed. For the one thread that polls {@link #fd()}.
 *
 * <p>The kernel doesn't announce the IPv4 routes that it drops when a device goes down or an
 * address is removed ({@code fib_sync_down_dev}): ask for routes again after those events.
 */
public final class RouteMonitor implements AutoCloseable {
  private static final int RTNLGRP_LINK = 1;
  private static final int RTNLGRP_NEIGH = 3;
  private static final int RTNLGRP_IPV4_IFADDR = 5;
  private static final int RTNLGRP_IPV4_ROUTE = 7;
  private static final int RTNLGRP_IPV4_RULE = 8;
  private static final int RTNLGRP_IPV6_IFADDR = 9;
  private static final int RTNLGRP_IPV6_ROUTE = 11;
  private static final int RTNLGRP_IPV6_RULE = 19;

  /** Bounds the time of one {@link #read}; the descriptor stays readable for the rest. */
  private static final int MAX_DATAGRAMS = 256;

  private final NetlinkSocket socket;

  private RouteMonitor(NetlinkSocket socket) {
    this.socket = socket;
  }

  public static RouteMonitor open() throws LinuxException {
    return new RouteMonitor(
        NetlinkSocket.subscribe(
            NetlinkSocket.ROUTE,
            RTNLGRP_LINK,
            RTNLGRP_NEIGH,
            RTNLGRP_IPV4_IFADDR,
            RTNLGRP_IPV4_ROUTE,
            RTNLGRP_IPV4_RULE,
            RTNLGRP_IPV6_IFADDR,
            RTNLGRP_IPV6_ROUTE,
            RTNLGRP_IPV6_RULE));
  }

  /** Readable when there are events. */
  public Fd fd() {
    return socket.fd();
  }

  /** Hands the events that are there to {@code consumer}, in their order; doesn't wait. */
  public void read(Consumer<NetworkEvent> consumer) throws LinuxException {
    for (int i = 0; i < MAX_DATAGRAMS; i++) {
      try {
        Optional<List<NetlinkMessage>> messages = socket.poll();
        if (messages.isEmpty()) {
          return;
        }
        for (NetlinkMessage message : messages.get()) {
          event(message).ifPresent(consumer);
        }
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        consumer.accept(new NetworkEvent.Lost());
      }
    }
  }

  static Optional<NetworkEvent> event(NetlinkMessage message) {
    return switch (message.type()) {
      case RouteSocket.RTM_NEWLINK -> Link.parse(message).map(NetworkEvent.LinkChanged::new);
      case RouteSocket.RTM_DELLINK -> Link.parse(message).map(NetworkEvent.LinkRemoved::new);
      case RouteSocket.RTM_NEWADDR ->
          InterfaceAddress.parse(message).map(NetworkEvent.AddressAdded::new);
      case RouteSocket.RTM_DELADDR ->
          InterfaceAddress.parse(message).map(NetworkEvent.AddressRemoved::new);
      case RouteSocket.RTM_NEWROUTE -> Route.parse(message).map(NetworkEvent.RouteAdded::new);
      case RouteSocket.RTM_DELROUTE -> Route.parse(message).map(NetworkEvent.RouteRemoved::new);
      case RouteSocket.RTM_NEWNEIGH ->
          Neighbour.parse(message).map(NetworkEvent.NeighbourChanged::new);
      case RouteSocket.RTM_DELNEIGH ->
          Neighbour.parse(message).map(NetworkEvent.NeighbourRemoved::new);
      case RouteSocket.RTM_NEWRULE, RouteSocket.RTM_DELRULE ->
          Optional.of(new NetworkEvent.RulesChanged());
      default -> Optional.empty();
    };
  }

  @Override
  public void close() {
    socket.close();
  }
}
