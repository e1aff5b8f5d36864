package org.jlvs.core.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Settings;

/**
 * Draining: a server that its operator has quiesced leaves its service by itself, once its last
 * connection and template are gone or its time is over. One that never had a weight stays, as it is
 * a reserve, and one that the health monitor found dead stays, as the monitor puts it back. For the
 * engine thread.
 */
final class Draining {
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long CHECK_NANOS = 100_000_000;

  private final ServiceTable services;
  private final Settings settings;

  /** Takes a server out of its service. */
  private final Consumer<RealServer> remover;

  /** When each server that drains was quiesced. */
  private final Map<RealServer, Long> quiescedNanos = new LinkedHashMap<>();

  private long nextCheckNanos;

  Draining(ServiceTable services, Settings settings, Consumer<RealServer> remover) {
    this.services = services;
    this.settings = settings;
    this.remover = remover;
  }

  /** How long a server may drain; 0 when it does not leave by itself. */
  private long limitNanos(RealServer server) {
    OptionalInt own = server.service().policy().drainSeconds();
    return NANOS_PER_SECOND * (own.isPresent() ? own.getAsInt() : settings.drainTimeout());
  }

  /** Settings were changed: servers that were quiesced before count from now. */
  void settingsChanged(long now) {
    services.forEachServer(server -> changed(server, now));
  }

  /** A server's weight was changed, or what the monitor thinks of it. */
  void changed(RealServer server, long now) {
    boolean drains =
        limitNanos(server) > 0
            && server.available()
            && server.weight() == 0
            && server.lastWeight() > 0
            && !server.failed();
    if (!drains) {
      quiescedNanos.remove(server);
    } else if (quiescedNanos.putIfAbsent(server, now) == null) {
      nextCheckNanos = now;
    }
  }

  /** Takes out the servers whose connections are gone, or whose time is over. */
  void advance(long now) {
    if (quiescedNanos.isEmpty() || now - nextCheckNanos < 0) {
      return;
    }
    nextCheckNanos = now + CHECK_NANOS;
    List<RealServer> leaving = new ArrayList<>();
    quiescedNanos.forEach(
        (server, since) -> {
          if (!server.available() || isIdle(server) || now - since >= limitNanos(server)) {
            leaving.add(server);
          }
        });
    for (RealServer server : leaving) {
      quiescedNanos.remove(server);
      if (server.available()) {
        remover.accept(server);
      }
    }
  }

  private static boolean isIdle(RealServer server) {
    return server.activeConnections == 0
        && server.inactiveConnections == 0
        && server.persistentConnections == 0;
  }

  /** Nanoseconds until a draining server leaves at the latest; -1 when it does not drain. */
  long nanosLeft(RealServer server, long now) {
    Long since = quiescedNanos.get(server);
    return since == null ? -1 : Math.max(0, since + limitNanos(server) - now);
  }
}
