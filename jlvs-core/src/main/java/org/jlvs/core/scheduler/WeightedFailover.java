package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code fo}: the server of the highest weight that can take a connection (ip_vs_fo). */
final class WeightedFailover implements Scheduler {
  static final String NAME = "fo";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    RealServer highest = null;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (Load.takesConnections(server)
          && (highest == null || server.weight() > highest.weight())) {
        highest = server;
      }
    }
    return highest;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer highest = peek(service, flow);
    return Look.of(
        service,
        highest,
        highest == null ? "" : "its weight of %d is the highest".formatted(highest.weight()),
        Look.NO_FIGURE,
        server ->
            highest != null && server.weight() == highest.weight()
                ? "as high a weight, but later in the list"
                : "a lower weight");
  }
}
