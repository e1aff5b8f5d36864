package org.jlvs.core.service;

import java.util.ArrayDeque;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of tunnelled servers, for errors about what was sent to them (ip_vs_find_tunnel).
 * Tunnels that have no port of their own, as IP in IP and GRE, share an address.
 */
final class TunnelledServers {
  /** The servers of an address and tunnel's port, the newest first. */
  private final EndpointTable<ArrayDeque<RealServer>> servers = new EndpointTable<>();

  void add(RealServer server) {
    if (server.forwarding() != ForwardingMethod.TUNNEL) {
      return;
    }
    long high = server.key().address().high();
    long low = server.key().address().low();
    ArrayDeque<RealServer> same = servers.get(high, low, rest(server));
    if (same == null) {
      same = new ArrayDeque<>(2);
      servers.put(high, low, rest(server), same);
    }
    same.addFirst(server);
  }

  /** To be called before the server's tunnel changes. */
  void remove(RealServer server) {
    long high = server.key().address().high();
    long low = server.key().address().low();
    ArrayDeque<RealServer> same = servers.get(high, low, rest(server));
    if (same != null && same.remove(server) && same.isEmpty()) {
      servers.remove(high, low, rest(server));
    }
  }

  /** The newest server of an address and tunnel's port; null when there is none. */
  @Nullable RealServer find(Family family, long high, long low, int port) {
    ArrayDeque<RealServer> same = servers.get(high, low, rest(family, port));
    return same == null ? null : same.peekFirst();
  }

  private static long rest(RealServer server) {
    return rest(server.key().address().family(), server.tunnel().port());
  }

  private static long rest(Family family, int port) {
    return (long) family.number() << 16 | port;
  }
}
