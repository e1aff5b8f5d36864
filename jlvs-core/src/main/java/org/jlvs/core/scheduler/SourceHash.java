package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code sh}: by a hash of the client's address, with its port if so told; each server has as many
 * buckets in a row as its weight, and at least one (ip_vs_sh). A server that takes no connections
 * turns its clients away, unless fallback is asked for: then other buckets are tried.
 */
final class SourceHash implements Scheduler {
  static final String NAME = "sh";
  private static final int BITS = 8;
  private static final int SIZE = 1 << BITS;

  private final @Nullable RealServer[] buckets = new @Nullable RealServer[SIZE];

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    int hash = AddressFold.hash(Buckets.foldOfClient(service, flow), BITS);
    RealServer server = buckets[hash];
    if (server == null || Load.takesConnections(server)) {
      return server;
    }
    return Buckets.fallsBack(service, server) ? fallback(hash) : null;
  }

  @Override
  public long affinity(VirtualService service, Flow flow) {
    return Integer.toUnsignedLong(Buckets.foldOfClient(service, flow));
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    return Buckets.look(
        service,
        peek(service, flow),
        buckets,
        AddressFold.hash(Buckets.foldOfClient(service, flow), BITS),
        Buckets.client(service, flow),
        "sh does not look for another server without the flag sh-fallback");
  }

  /** Looks all round, beginning at twice the hash as ip_vs_sh_get_fallback does. */
  private @Nullable RealServer fallback(int hash) {
    for (int offset = 0; offset < SIZE; offset++) {
      RealServer server = buckets[(2 * hash + offset) % SIZE];
      if (server != null && Load.takesConnections(server)) {
        return server;
      }
    }
    return null;
  }

  @Override
  public void attached(VirtualService service) {
    assign(service);
  }

  @Override
  public void serverAdded(VirtualService service, RealServer server) {
    assign(service);
  }

  @Override
  public void serverRemoved(VirtualService service, RealServer server) {
    assign(service);
  }

  @Override
  public void serverUpdated(VirtualService service, RealServer server) {
    assign(service);
  }

  private void assign(VirtualService service) {
    List<RealServer> servers = service.servers();
    int next = 0;
    int inRow = 0;
    for (int i = 0; i < SIZE; i++) {
      buckets[i] = servers.isEmpty() ? null : servers.get(next);
      if (!servers.isEmpty() && ++inRow >= servers.get(next).weight()) {
        next = (next + 1) % servers.size();
        inRow = 0;
      }
    }
  }
}
