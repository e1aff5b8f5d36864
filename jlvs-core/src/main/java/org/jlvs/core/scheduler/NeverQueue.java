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
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
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
      long load = server.activeConnections + 1L;
      if (least == null || leastLoad * server.weight() > load * least.weight()) {
        least = server;
        leastLoad = load;
      }
    }
    return least;
  }
}
