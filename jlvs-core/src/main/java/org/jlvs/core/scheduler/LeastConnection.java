package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code lc}: the server with the least connections (ip_vs_lc). */
final class LeastConnection implements Scheduler {
  static final String NAME = "lc";

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
      long load = Load.overhead(server);
      if (Load.takesConnections(server) && (least == null || load < leastLoad)) {
        least = server;
        leastLoad = load;
      }
    }
    return least;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer least = peek(service, flow);
    return Look.of(
        service,
        least,
        least == null
            ? ""
            : "its load, 256 × active + inactive = %d, is the least"
                .formatted(Load.overhead(least)),
        server -> Long.toString(Load.overhead(server)),
        server ->
            least != null && Load.overhead(server) == Load.overhead(least)
                ? "as little load, but later in the list"
                : "more load");
  }
}
