package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code ovf}: the server of the highest weight whose active connections do not exceed it
 * (ip_vs_ovf).
 */
final class WeightedOverflow implements Scheduler {
  static final String NAME = "ovf";

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
          && server.activeConnections <= server.weight()
          && (highest == null || server.weight() > highest.weight())) {
        highest = server;
      }
    }
    return highest;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer highest = peek(service, flow);
    boolean full = highest == null && service.servers().stream().anyMatch(Load::takesConnections);
    String reason =
        highest != null
            ? "its weight of %d is the highest of those not exceeded by their active connections"
                .formatted(highest.weight())
            : full ? "every server has more active connections than its weight" : "";
    return Look.of(
        service,
        highest,
        reason,
        server -> server.activeConnections + " of " + server.weight(),
        server -> {
          if (server.activeConnections > server.weight()) {
            return "more active connections than its weight";
          }
          return highest != null && server.weight() == highest.weight()
              ? "as high a weight, but later in the list"
              : "a lower weight";
        });
  }
}
