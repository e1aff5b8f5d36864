package org.jlvs.core.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * {@code lblcr}: as lblc, with a set of servers for each destination address, of which the least
 * loaded serves; the set grows when that one is overloaded and loses its busiest member when it has
 * not changed for long (ip_vs_lblcr).
 */
final class LocalityBasedLeastConnectionWithReplication implements Scheduler {
  static final String NAME = "lblcr";

  private static final class Entry extends DestinationCache.Entry {
    /** The last added first. */
    private final List<RealServer> servers = new ArrayList<>(1);

    private long lastChanged;

    Entry(Flow flow, RealServer server) {
      super(flow);
      add(server, flow.now);
    }

    private void add(RealServer server, long now) {
      if (!servers.contains(server)) {
        server.retain();
        servers.addFirst(server);
        lastChanged = now;
      }
    }

    private void remove(RealServer server, long now) {
      servers.remove(server);
      server.release();
      lastChanged = now;
    }

    /** ip_vs_dest_set_min. */
    private @Nullable RealServer leastLoaded() {
      RealServer least = null;
      long leastLoad = 0;
      for (int i = 0; i < servers.size(); i++) {
        RealServer server = servers.get(i);
        if (!server.available() || !Load.takesConnections(server)) {
          continue;
        }
        long load = Load.overhead(server);
        if (least == null || leastLoad * server.weight() > load * least.weight()) {
          least = server;
          leastLoad = load;
        }
      }
      return least;
    }

    /** ip_vs_dest_set_max: deleted servers count too. */
    private @Nullable RealServer mostLoaded() {
      RealServer most = null;
      long mostLoad = 0;
      for (int i = 0; i < servers.size(); i++) {
        RealServer server = servers.get(i);
        long load = Load.overhead(server);
        if (server.weight() > 0
            && (most == null || mostLoad * server.weight() < load * most.weight())) {
          most = server;
          mostLoad = load;
        }
      }
      return most;
    }

    private void shrinkIfUnchanged(long now, long nanos) {
      if (servers.size() > 1 && now - lastChanged > nanos) {
        RealServer most = mostLoaded();
        if (most != null) {
          remove(most, now);
        }
      }
    }

    @Override
    void forget() {
      servers.forEach(RealServer::release);
    }
  }

  private final Settings settings;
  private final DestinationCache<Entry> cache;

  LocalityBasedLeastConnectionWithReplication(Settings settings) {
    cache = new DestinationCache<>(Entry.class, settings::lblcrExpiration);
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    Entry entry = cache.use(flow);
    if (entry != null) {
      RealServer server = entry.leastLoaded();
      entry.shrinkIfUnchanged(flow.now, TimeUnit.SECONDS.toNanos(settings.lblcrExpiration()));
      if (server != null && !Load.isExcessive(server, service)) {
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
      entry.add(server, flow.now);
    }
    return server;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    Entry entry = cache.peek(flow);
    RealServer least = entry == null ? null : entry.leastLoaded();
    return least != null && !Load.isExcessive(least, service)
        ? least
        : Load.leastForItsWeight(service);
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    Entry entry = cache.peek(flow);
    RealServer least = entry == null ? null : entry.leastLoaded();
    if (least != null && !Load.isExcessive(least, service)) {
      return Load.lookForItsWeight(
          service,
          least,
          "of the servers that have served destination %s (%s), it has the least load for its weight"
              .formatted(flow.destination(), names(entry)),
          Load::overhead);
    }
    RealServer server = Load.leastForItsWeight(service);
    String before =
        entry == null
            ? "destination %s is new".formatted(flow.destination())
            : "none of the servers that have served destination %s (%s) has room"
                .formatted(flow.destination(), names(entry));
    return Load.lookForItsWeight(
        service,
        server,
        server == null ? "" : before + "; " + Load.OVERHEAD_REASON,
        Load::overhead);
  }

  private static String names(@Nullable Entry entry) {
    return entry == null
        ? ""
        : entry.servers.stream().map(Look::name).collect(Collectors.joining(", "));
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
