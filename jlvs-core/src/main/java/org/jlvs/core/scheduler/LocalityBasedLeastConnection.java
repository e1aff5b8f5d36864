package org.jlvs.core.scheduler;

import java.util.concurrent.TimeUnit;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code lblc}: the server that served the destination address before, unless it is overloaded
 * while another idles; else the one with the least connections for its weight (ip_vs_lblc).
 */
final class LocalityBasedLeastConnection implements Scheduler {
  static final String NAME = "lblc";

  /** The kernel's default of lblc_expiration. */
  private static final long LIFE_NANOS = TimeUnit.DAYS.toNanos(1);

  private static final class Entry extends DestinationCache.Entry {
    private RealServer server;

    Entry(Flow flow, RealServer server) {
      super(flow);
      this.server = server;
      server.retain();
    }

    void server(RealServer chosen) {
      chosen.retain();
      server.release();
      server = chosen;
    }

    @Override
    void forget() {
      server.release();
    }
  }

  private final DestinationCache<Entry> cache = new DestinationCache<>(Entry.class, LIFE_NANOS);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    Entry entry = cache.use(flow);
    if (entry != null) {
      RealServer server = entry.server;
      if (server.available() && server.weight() > 0 && !Load.isExcessive(server, service)) {
        return server;
      }
    }
    RealServer server = Load.leastForItsWeight(service);
    if (server == null) {
      return null;
    }
    if (entry == null) {
      cache.add(flow, new Entry(flow, server));
    } else {
      entry.server(server);
    }
    return server;
  }

  @Override
  public void detached(VirtualService service) {
    cache.clear();
  }
}
