package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code sed}: the server with the least expected delay, (active connections + 1) / weight
 * (ip_vs_sed).
 */
final class ShortestExpectedDelay implements Scheduler {
  static final String NAME = "sed";

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
      long load = delay(server);
      if (least == null || leastLoad * server.weight() > load * least.weight()) {
        least = server;
        leastLoad = load;
      }
    }
    return least;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer least = peek(service, flow);
    return Load.lookForItsWeight(
        service,
        least,
        least == null ? "" : "its expected delay, (active + 1) / weight, is the shortest",
        ShortestExpectedDelay::delay);
  }

  /** Connections it would have, active ones alone. */
  static long delay(RealServer server) {
    return server.activeConnections + 1L;
  }
}
