package org.jlvs.core.scheduler;

import java.util.List;
import java.util.function.ToLongFunction;
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

  /** Why {@link #leastForItsWeight} chooses a server. */
  static final String OVERHEAD_REASON =
      "its load for its weight, (256 × active + inactive) / weight, is the least";

  /** A choice of the server with the least of some load for its weight. */
  static Choice lookForItsWeight(
      VirtualService service,
      @Nullable RealServer chosen,
      String reason,
      ToLongFunction<RealServer> load) {
    return Look.of(
        service,
        chosen,
        reason,
        server -> Look.ratio(load.applyAsLong(server), server.weight()),
        server -> comparison(server, chosen, load));
  }

  private static String comparison(
      RealServer server, @Nullable RealServer chosen, ToLongFunction<RealServer> load) {
    if (chosen == null) {
      return "";
    }
    int order =
        Long.compare(
            load.applyAsLong(server) * chosen.weight(), load.applyAsLong(chosen) * server.weight());
    return order > 0
        ? "more load for its weight"
        : order == 0
            ? "as little load for its weight, but later in the list"
            : "less load for its weight";
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

  /** Whether it takes new connections: it has a weight and nothing has it passed over. */
  static boolean takesConnections(RealServer server) {
    return server.weight() > 0 && !isPassedOver(server);
  }

  /** Whether it is overloaded, or left out of this choice while it starts slowly. */
  static boolean isPassedOver(RealServer server) {
    return server.overloaded() || server.heldBack();
  }
}
