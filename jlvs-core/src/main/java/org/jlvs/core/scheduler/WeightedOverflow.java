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
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
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
}
