package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code rr}: one server after the other (ip_vs_rr). */
final class RoundRobin implements Scheduler {
  static final String NAME = "rr";

  private final Cursor cursor = new Cursor();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    int count = servers.size();
    int index = cursor.position();
    for (int tried = 0; tried < count; tried++) {
      index = index + 1 < count ? index + 1 : 0;
      RealServer server = servers.get(index);
      if (Load.takesConnections(server)) {
        cursor.moveTo(servers, index);
        return server;
      }
    }
    return null;
  }

  @Override
  public void serverAdded(VirtualService service, RealServer server) {
    cursor.serverAdded(service);
  }

  @Override
  public void serverRemoved(VirtualService service, RealServer server) {
    cursor.serverRemoved(service, server);
  }
}
