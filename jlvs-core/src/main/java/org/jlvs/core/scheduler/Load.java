package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** How busy a server is, as the schedulers weigh it. */
final class Load {
  private Load() {}

  /** ip_vs_dest_conn_overhead: an active connection counts as 256 inactive ones. */
  static long overhead(RealServer server) {
    return ((long) server.activeConnections << 8) + server.inactiveConnections;
  }

  /**
   * The server with the least overhead for its weight; null when none takes connections. Of equals,
   * the first in the list.
   */
  static @Nullable RealServer leastForItsWeight(VirtualService service) {
    List<RealServer> servers = service.servers();
    RealServer least = null;
    long leastLoad = 0;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (!takesConnections(server)) {
        continue;
      }
      long load = overhead(server);
      if (least == null || leastLoad * server.weight() > load * least.weight()) {
        least = server;
        leastLoad = load;
      }
    }
    return least;
  }

  /**
   * Whether a server has more active connections than its weight while another has less than half
   * of its own.
   */
  static boolean isExcessive(RealServer server, VirtualService service) {
    if (server.activeConnections <= server.weight()) {
      return false;
    }
    List<RealServer> servers = service.servers();
    for (int i = 0; i < servers.size(); i++) {
      if (servers.get(i).activeConnections * 2L < servers.get(i).weight()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it takes new connections: it has a weight and is not overloaded. */
  static boolean takesConnections(RealServer server) {
    return server.weight() > 0 && !server.overloaded();
  }
}
