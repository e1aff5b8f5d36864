package org.jlvs.core.scheduler;

import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * {@code lblc}: the server that served the destination address before, unless it is overloaded
 * while another idles; else the one with the least connections for its weight (ip_vs_lblc).
 */
final class LocalityBasedLeastConnection implements Scheduler {
  static final String NAME = "lblc";

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

  private final DestinationCache<Entry> cache;

  LocalityBasedLeastConnection(Settings settings) {
    cache = new DestinationCache<>(Entry.class, settings::lblcExpiration);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    Entry entry = cache.use(flow);
    if (entry != null && stillServes(entry.server, service)) {
      return entry.server;
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

  private static boolean stillServes(RealServer server, VirtualService service) {
    return server.available()
        && server.weight() > 0
        && !server.heldBack()
        && !Load.isExcessive(server, service);
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    Entry entry = cache.peek(flow);
    return entry != null && stillServes(entry.server, service)
        ? entry.server
        : Load.leastForItsWeight(service);
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    Entry entry = cache.peek(flow);
    if (entry != null && stillServes(entry.server, service)) {
      return Load.lookForItsWeight(
          service,
          entry.server,
          "it has served destination %s before".formatted(flow.destination()),
          Load::overhead);
    }
    RealServer server = Load.leastForItsWeight(service);
    return Load.lookForItsWeight(
        service,
        server,
        server == null ? "" : before(entry, flow) + "; " + Load.OVERHEAD_REASON,
        Load::overhead);
  }

  private static String before(@Nullable Entry entry, Flow flow) {
    if (entry == null) {
      return "destination %s is new".formatted(flow.destination());
    }
    RealServer server = entry.server;
    boolean out = !server.available() || server.weight() == 0 || server.heldBack();
    return "%s, which served destination %s before, is %s"
        .formatted(
            Look.name(server),
            flow.destination(),
            out
                ? Look.unavailable(server)
                : "overloaded: %d active connections for its weight of %d while another is half idle"
                    .formatted(server.activeConnections, server.weight()));
  }

  @Override
  public void advance(long nowNanos) {
    cache.advance(nowNanos);
  }

  @Override
  public void detached(VirtualService service) {
    cache.clear();
  }
}
