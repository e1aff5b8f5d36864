package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code nq}: the first idle server, or else the one with the least expected delay (ip_vs_nq). */
final class NeverQueue implements Scheduler {
  static final String NAME = "nq";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    RealServer least = null;
    long leastLoad = 0;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (!Load.takesConnections(server)) {
        continue;
      }
      if (server.activeConnections == 0) {
        return server;
      }
      long load = ShortestExpectedDelay.delay(server);
      if (least == null || leastLoad * server.weight() > load * least.weight()) {
        least = server;
        leastLoad = load;
      }
    }
    return least;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer chosen = peek(service, flow);
    if (chosen == null || chosen.activeConnections > 0) {
      return Load.lookForItsWeight(
          service,
          chosen,
          chosen == null
              ? ""
              : "no server is idle, and its expected delay, (active + 1) / weight, is the shortest",
          ShortestExpectedDelay::delay);
    }
    return Look.of(
        service,
        chosen,
        "it is the first in the list without active connections",
        server -> server.activeConnections + " active",
        server -> server.activeConnections == 0 ? "idle too, but later in the list" : "not idle");
  }
}
