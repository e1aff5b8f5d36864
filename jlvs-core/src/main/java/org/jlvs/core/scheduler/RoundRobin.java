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
    int index = next(servers);
    if (index == Cursor.HEAD) {
      return null;
    }
    cursor.moveTo(servers, index);
    return servers.get(index);
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    int index = next(service.servers());
    return index == Cursor.HEAD ? null : service.servers().get(index);
  }

  /** Index of the server whose turn it is, or {@link Cursor#HEAD} when none takes connections. */
  private int next(List<RealServer> servers) {
    int count = servers.size();
    int index = cursor.position();
    for (int tried = 0; tried < count; tried++) {
      index = index + 1 < count ? index + 1 : 0;
      if (Load.takesConnections(servers.get(index))) {
        return index;
      }
    }
    return Cursor.HEAD;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    int next = next(servers);
    if (next == Cursor.HEAD) {
      return Look.of(service, null, "", Look.NO_FIGURE, server -> "");
    }
    return Look.of(
        service,
        servers.get(next),
        cursor.position() == Cursor.HEAD
            ? "it is the first in turn"
            : "it is the next in turn after " + Look.name(servers.get(cursor.position())),
        Look.NO_FIGURE,
        server -> "not its turn");
  }

  @Override
  public List<Integer> rotation() {
    return List.of(cursor.position());
  }

  @Override
  public void resume(VirtualService service, List<Integer> rotation) {
    if (rotation.size() == 1 && Cursor.isPlace(service.servers(), rotation.getFirst())) {
      cursor.moveTo(service.servers(), rotation.getFirst());
    }
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
