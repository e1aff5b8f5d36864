package org.jlvs.core.service;

import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;

/**
 * The addresses and ports of masqueraded servers, for packets from them that belong to no
 * connection (ip_vs_has_real_service). A server of a firewall mark's service is one of all
 * protocols.
 */
final class MasqueradedServers {
  private static final int ALL_PROTOCOLS = 0;

  /** How many services have the server, in an array of one. */
  private final EndpointTable<int[]> counts = new EndpointTable<>();

  void add(RealServer server) {
    if (server.forwarding() != ForwardingMethod.MASQUERADE) {
      return;
    }
    ServerKey key = server.key();
    int[] count = counts.get(key.address().high(), key.address().low(), rest(server));
    if (count == null) {
      counts.put(key.address().high(), key.address().low(), rest(server), new int[] {1});
    } else {
      count[0]++;
    }
  }

  void remove(RealServer server) {
    ServerKey key = server.key();
    int[] count = counts.get(key.address().high(), key.address().low(), rest(server));
    if (server.forwarding() == ForwardingMethod.MASQUERADE && count != null && --count[0] == 0) {
      counts.remove(key.address().high(), key.address().low(), rest(server));
    }
  }

  boolean contains(Family family, int protocol, long high, long low, int port) {
    return counts.get(high, low, rest(family, protocol, port)) != null
        || counts.get(high, low, rest(family, ALL_PROTOCOLS, port)) != null;
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
