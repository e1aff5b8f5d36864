package org.jlvs.core.service;

import java.util.ArrayDeque;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * The addresses and ports of masqueraded servers, for packets from them that belong to no
 * connection (ip_vs_has_real_service). A server of a firewall mark's service is one of all
 * protocols.
 */
final class MasqueradedServers {
  private static final int ALL_PROTOCOLS = 0;

  /** The servers of an address and port, the newest first. */
  private final EndpointTable<ArrayDeque<RealServer>> servers = new EndpointTable<>();

  void add(RealServer server) {
    if (server.forwarding() != ForwardingMethod.MASQUERADE) {
      return;
    }
    ServerKey key = server.key();
    ArrayDeque<RealServer> same =
        servers.get(key.address().high(), key.address().low(), rest(server));
    if (same == null) {
      same = new ArrayDeque<>(2);
      servers.put(key.address().high(), key.address().low(), rest(server), same);
    }
    same.addFirst(server);
  }

  void remove(RealServer server) {
    ServerKey key = server.key();
    ArrayDeque<RealServer> same =
        servers.get(key.address().high(), key.address().low(), rest(server));
    if (same != null && same.remove(server) && same.isEmpty()) {
      servers.remove(key.address().high(), key.address().low(), rest(server));
    }
  }

  /** The newest server of an address and port; null when there is none. Allocates nothing. */
  @Nullable RealServer find(Family family, int protocol, long high, long low, int port) {
    ArrayDeque<RealServer> same = servers.get(high, low, rest(family, protocol, port));
    if (same == null) {
      same = servers.get(high, low, rest(family, ALL_PROTOCOLS, port));
    }
    return same == null ? null : same.peekFirst();
  }

  private static long rest(RealServer server) {
    int protocol =
        switch (server.service().key()) {
          case ServiceKey.Endpoint endpoint -> endpoint.protocol().number();
          case ServiceKey.Mark _ -> ALL_PROTOCOLS;
        };
    return rest(server.key().address().family(), protocol, server.key().port());
  }

  private static long rest(Family family, int protocol, int port) {
    return (long) family.number() << 24 | (long) protocol << 16 | port;
  }
}
