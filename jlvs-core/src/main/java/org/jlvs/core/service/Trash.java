package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jspecify.annotations.Nullable;

/**
 * Deleted servers, kept for the connections that still refer to them and in case they come back. As
 * the kernel's (ip_vs_dest_trash_expire): looked through every minute; one that is found without
 * references is thrown away when that was two minutes ago.
 */
final class Trash {
  private static final long SWEEP_NANOS = 60_000_000_000L;
  private static final long IDLE_NANOS = 120_000_000_000L;

  /** So many sweeps throw away everything without references. */
  private static final int SWEEPS_AT_MOST = 4;

  private record Place(ServiceKey service, ServerKey server) {}

  private final Map<Place, RealServer> servers = new LinkedHashMap<>();
  private long nextSweepNanos;

  void add(RealServer server, long nowNanos) {
    if (servers.isEmpty()) {
      nextSweepNanos = nowNanos + SWEEP_NANOS;
    }
    servers.put(place(server), server);
  }

  boolean contains(ServiceKey service, ServerKey server) {
    return servers.containsKey(new Place(service, server));
  }

  /** Takes out a server of the service's key and the server's, if there is one. */
  @Nullable RealServer remove(ServiceKey service, ServerKey server) {
    return servers.remove(new Place(service, server));
  }

  private static Place place(RealServer server) {
    return new Place(server.service().key(), server.key());
  }

  Collection<RealServer> servers() {
    return servers.values();
  }

  /** The first time that is known: what is in the trash came there now. */
  void startClock(long nowNanos) {
    nextSweepNanos = nowNanos + SWEEP_NANOS;
  }

  /** Takes out the servers whose time has come. */
  List<RealServer> sweep(long nowNanos) {
    if (!due(nowNanos)) {
      return List.of();
    }
    List<RealServer> thrown = new ArrayList<>();
    for (int i = 0; i < SWEEPS_AT_MOST && due(nowNanos); i++) {
      sweepAt(nextSweepNanos, thrown);
      nextSweepNanos += SWEEP_NANOS;
    }
    if (due(nowNanos)) {
      nextSweepNanos = nowNanos + SWEEP_NANOS;
    }
    return thrown;
  }

  private boolean due(long nowNanos) {
    return !servers.isEmpty() && nowNanos - nextSweepNanos >= 0;
  }

  private void sweepAt(long timeNanos, List<RealServer> thrown) {
    for (Iterator<RealServer> all = servers.values().iterator(); all.hasNext(); ) {
      RealServer server = all.next();
      if (server.references() > 0) {
        continue;
      }
      if (!server.idle) {
        server.idle = true;
        server.idleSinceNanos = timeNanos;
      } else if (timeNanos - server.idleSinceNanos >= IDLE_NANOS) {
        all.remove();
        thrown.add(server);
      }
    }
  }

  /** How many servers {@link #removeUnreferenced} can take out. */
  int unreferenced() {
    int count = 0;
    for (RealServer server : servers.values()) {
      if (server.references() == 0) {
        count++;
      }
    }
    return count;
  }

  /** Takes out the oldest server without references before its time, if there is one. */
  @Nullable RealServer removeUnreferenced() {
    for (Iterator<RealServer> all = servers.values().iterator(); all.hasNext(); ) {
      RealServer server = all.next();
      if (server.references() == 0) {
        all.remove();
        return server;
      }
    }
    return null;
  }
}
