package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.alert.Alerts;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;

/** The difference between what one service's entry is and what it shall be, with lines to log. */
final class Arrangement {
  private final VirtualState virtual;
  private final ServiceKey service;
  private final Optional<TableEntry> entry;
  private final Map<ServerKey, ServerSpec> present = new HashMap<>();
  private final Optional<ServerSpec> fallback;
  private final boolean wantsFallback;
  private final boolean readdQuiescent;
  private final List<TableChange> ofService = new ArrayList<>();
  private final List<TableChange> adds = new ArrayList<>();
  private final List<TableChange> edits = new ArrayList<>();
  private final List<TableChange> failures = new ArrayList<>();
  private final List<TableChange> deletes = new ArrayList<>();
  private final Set<ServerKey> quiesced = new HashSet<>();
  private final Set<ServerKey> settled = new HashSet<>();
  private final List<Note> notes = new ArrayList<>();

  /** Servers that an event among the notes is about. */
  private final Set<String> noted = new HashSet<>();

  /** What is to be said when the changes are made, of the service or one of its servers. */
  private record Note(
      Optional<ServerKey> server, Optional<String> line, Optional<ServerEvent> event) {}

  /** Servers whose changes the director refuses. */
  private final Set<ServerKey> refused = new HashSet<>();

  /**
   * @param entry what the table has of the service
   * @param readdQuiescent whether a server that is down and has lost its entry gets one with weight
   *     0 again
   */
  Arrangement(VirtualState virtual, Optional<TableEntry> entry, boolean readdQuiescent) {
    this.virtual = virtual;
    this.service = virtual.config.key();
    this.entry = entry;
    entry.ifPresent(known -> known.servers().forEach(spec -> present.put(spec.key(), spec)));
    this.fallback = virtual.config.fallback().map(server -> server.spec(service));
    this.wantsFallback = virtual.wantsFallback();
    this.readdQuiescent = readdQuiescent;
  }

  /** In the order that leaves clients with a server at every moment. */
  List<TableChange> changes() {
    List<TableChange> changes = new ArrayList<>(ofService);
    changes.addAll(adds);
    changes.addAll(edits);
    changes.addAll(failures);
    changes.addAll(deletes);
    return changes;
  }

  /**
   * Remembers how servers were placed, and which quiesced on purpose, once the changes are made.
   */
  void remember(Instant now) {
    virtual.quiesced.keySet().removeAll(settled);
    quiesced.forEach(key -> virtual.quiesced.put(key, now));
    virtual.servers.forEach(
        (key, server) -> server.placed |= server.answered() && !refused.contains(key));
  }

  /**
   * Whether a server that is out gets an entry without weight where it has none: when it is placed
   * for the first time, or its whole service is. An operator may have deleted it since.
   */
  private boolean mayBeAdded(ServerKey key) {
    return readdQuiescent || entry.isEmpty() || !wasPlaced(key);
  }

  private boolean wasPlaced(ServerKey key) {
    ServerState server = virtual.servers.get(key);
    return server != null && server.placed;
  }

  /** Whether some servers have still to drain after the changes. */
  boolean someDrain() {
    return virtual.config.drains() && !(quiesced.isEmpty() && virtual.quiesced.isEmpty());
  }

  /** Says what the changes were, once they are made. */
  void tell(Effects effects) {
    for (Note note : notes) {
      note.line().ifPresent(effects::log);
      note.event().ifPresent(effects::tell);
    }
    virtual.servers.forEach(
        (key, server) -> {
          if (!refused.contains(key)) {
            server.toldDown = server.answered() && !server.takesConnections();
          }
        });
  }

  /** To be called before the rest is told and remembered: these servers stay as they are. */
  void without(Set<ServerKey> servers) {
    refused.addAll(servers);
    settled.removeAll(servers);
    quiesced.removeAll(servers);
    notes.removeIf(note -> note.server().filter(servers::contains).isPresent());
  }

  /** Whether the table has let a server serve so far. */
  boolean servedBefore(ServerKey key) {
    return present(key).filter(spec -> spec.weight() > 0).isPresent();
  }

  private void note(String line) {
    notes.add(new Note(Optional.empty(), Optional.of(line), Optional.empty()));
  }

  private void note(Alert.Event event, ServerKey key, String line) {
    note(key, Optional.of(line), virtual.event(event, key, line));
  }

  private void note(ServerKey key, Optional<String> line, ServerEvent event) {
    notes.add(new Note(Optional.of(key), line, Optional.of(event)));
    noted.add(event.server());
  }

  /** For a server that was down before anything had to be changed for that. */
  private void noteThatItIsDown(ServerKey key) {
    ServerState server = virtual.servers.get(key);
    String name = VirtualServer.endpointText(key.address(), key.port());
    if (server != null && !server.toldDown && !noted.contains(name)) {
      String message = Alerts.inaccessible(virtual.config, name);
      note(key, Optional.empty(), virtual.event(Alert.Event.INACCESSIBLE, key, message));
    }
  }

  void service(boolean mayChange) {
    ServicePolicy policy = virtual.config.policy();
    if (entry.isEmpty()) {
      ofService.add(new TableChange.AddService(virtual.config.spec()));
      note("Added virtual server: " + virtual.config.name());
    } else if (mayChange && !entry.get().spec().equals(virtual.config.spec())) {
      ofService.add(new TableChange.EditService(virtual.config.spec()));
      note("Changed virtual server: " + virtual.config.name());
    }
    ServicePolicy inForce = entry.map(TableEntry::policy).orElse(ServicePolicy.NONE);
    if (!inForce.equals(policy)) {
      ofService.add(new TableChange.SetPolicy(service, policy));
    }
  }

  void servers(Set<ServerKey> keys) {
    for (ServerKey key : keys) {
      ServerState server = virtual.servers.get(key);
      boolean asFallback =
          wantsFallback && fallback.isPresent() && fallback.get().key().equals(key);
      if (server == null || !server.answered() || asFallback) {
        continue;
      }
      ServerSpec spec = server.real.spec(service);
      Optional<ServerSpec> present = present(key);
      switch (server.health()) {
        case UNKNOWN -> {}
        case UP -> put(server.spec(service), present);
        case DOWN -> {
          fail(spec, present);
          noteThatItIsDown(key);
        }
        case MAINTENANCE -> {
          maintain(spec, present);
          noteThatItIsDown(key);
        }
      }
    }
  }

  private void fail(ServerSpec spec, Optional<ServerSpec> present) {
    if (!virtual.config.quiescent()) {
      delete(spec.key(), present);
    } else if (present.isPresent() || mayBeAdded(spec.key())) {
      // What was quiesced alive would be drained; what is dead stays.
      boolean alive = virtual.quiesced.containsKey(spec.key());
      if (present.isPresent() && (alive || present.get().weight() > 0)) {
        failures.add(new TableChange.ServerFailed(service, spec.key()));
      }
      put(withoutWeight(spec), present);
    }
  }

  private void maintain(ServerSpec spec, Optional<ServerSpec> present) {
    if (virtual.config.drains() && spec.weight() > 0) {
      // Once the director has removed it, it stays away until it is good again.
      present.ifPresent(this::drain);
    } else if (!virtual.config.quiescent()) {
      delete(spec.key(), present);
    } else if (present.isPresent() || mayBeAdded(spec.key())) {
      boolean serving = present.isPresent() && present.get().weight() > 0;
      boolean before = virtual.quiesced.containsKey(spec.key());
      put(withoutWeight(spec), present);
      if (serving || before) {
        settled.remove(spec.key());
      }
      if (serving) {
        quiesced.add(spec.key());
      }
    }
  }

  private void drain(ServerSpec present) {
    if (present.weight() > 0) {
      ServerKey key = present.key();
      quiesced.add(key);
      edits.add(new TableChange.EditServer(service, withoutWeight(present)));
      note(
          virtual.servers.containsKey(key) ? Alert.Event.QUIESCENT : Alert.Event.PURGED,
          key,
          "Draining real server: "
              + virtual.describe(key)
              + " (Weight set to 0): it leaves with its last client, within "
              + virtual.config.policy().drainSeconds().orElse(0)
              + " s");
    }
  }

  private void delete(ServerKey key, Optional<ServerSpec> present) {
    settled.add(key);
    if (present.isPresent()) {
      deletes.add(new TableChange.DeleteServer(service, key));
      note(Alert.Event.DELETED, key, "Deleted real server: " + virtual.describe(key));
    }
  }

  private void put(ServerSpec spec, Optional<ServerSpec> present) {
    settled.add(spec.key());
    String what = virtual.describe(spec.key()) + weight(spec);
    if (present.isEmpty() && entry.isPresent() && isOut(spec) && wasPlaced(spec.key())) {
      adds.add(new TableChange.AddServer(service, spec));
      note(
          spec.key(),
          Optional.of("Readd Quiescent real server: " + what),
          virtual.event(Alert.Event.QUIESCENT, spec.key(), "Quiescent real server: " + what));
    } else if (present.isEmpty()) {
      adds.add(new TableChange.AddServer(service, spec));
      note(
          isOut(spec) ? Alert.Event.QUIESCENT : Alert.Event.ADDED,
          spec.key(),
          "Added real server: " + what);
    } else if (isWeightOfAgent(present.get(), spec)) {
      edits.add(new TableChange.EditServer(service, spec));
      notes.add(
          new Note(
              Optional.of(spec.key()),
              Optional.of("Weighted real server: " + what),
              Optional.empty()));
    } else if (!same(present.get(), spec)) {
      edits.add(new TableChange.EditServer(service, spec));
      note(
          isOut(spec) ? Alert.Event.QUIESCENT : Alert.Event.RESTORED,
          spec.key(),
          (spec.weight() == 0 ? "Quiescent" : "Restored") + " real server: " + what);
    }
  }

  /** Whether a server that goes on serving only gets another weight, of which nobody is told. */
  private boolean isWeightOfAgent(ServerSpec present, ServerSpec wanted) {
    return virtual.config.weights().isOn()
        && present.weight() > 0
        && wanted.weight() > 0
        && present.weight() != wanted.weight()
        && same(withoutWeight(present), withoutWeight(wanted));
  }

  private boolean isOut(ServerSpec spec) {
    ServerState server = virtual.servers.get(spec.key());
    return server != null && server.answered() && !server.takesConnections();
  }

  void fallback() {
    if (fallback.isEmpty()) {
      return;
    }
    ServerSpec spec = fallback.get();
    ServerState alsoReal = virtual.servers.get(spec.key());
    Optional<ServerSpec> present = present(spec.key());
    if (wantsFallback) {
      settled.add(spec.key());
      if (present.isEmpty()) {
        adds.add(new TableChange.AddServer(service, spec));
        note(
            Alert.Event.FALLBACK_ADDED,
            spec.key(),
            "Added fallback server: " + virtual.describe(spec.key()) + weight(spec));
      } else if (!same(present.get(), spec)) {
        edits.add(new TableChange.EditServer(service, spec));
        note(
            Alert.Event.FALLBACK_ADDED,
            spec.key(),
            "Restored fallback server: " + virtual.describe(spec.key()) + weight(spec));
      }
    } else if (present.isPresent() && alsoReal == null && virtual.someoneServes()) {
      settled.add(spec.key());
      deletes.add(new TableChange.DeleteServer(service, spec.key()));
      note(
          Alert.Event.FALLBACK_DELETED,
          spec.key(),
          "Deleted fallback server: " + virtual.describe(spec.key()));
    }
  }

  /** Drains all servers of a service that the configuration does not have any more. */
  void emptied() {
    for (ServerSpec present : entry.map(TableEntry::servers).orElse(List.of())) {
      ServerState server = virtual.servers.get(present.key());
      boolean dead = server != null && server.health() == Health.DOWN;
      if (virtual.config.drains() && !dead && present.weight() > 0) {
        drain(present);
      } else if (!virtual.quiesced.containsKey(present.key())) {
        delete(present.key(), Optional.of(present));
      }
    }
  }

  /** Removes entries that the configuration does not know. */
  void strangers() {
    if (entry.isEmpty()) {
      return;
    }
    for (ServerSpec present : entry.get().servers()) {
      ServerKey key = present.key();
      boolean isFallback = fallback.isPresent() && fallback.get().key().equals(key);
      if (virtual.servers.containsKey(key) || isFallback) {
        continue;
      }
      boolean drains = virtual.config.drains() && !virtual.gone.contains(key);
      if (drains && present.weight() > 0) {
        drain(present);
      } else if (!drains || !virtual.quiesced.containsKey(key)) {
        settled.add(key);
        deletes.add(new TableChange.DeleteServer(service, key));
        note(Alert.Event.PURGED, key, "Purged real server (start): " + virtual.describe(key));
      }
    }
  }

  private Optional<ServerSpec> present(ServerKey key) {
    return Optional.ofNullable(present.get(key));
  }

  private static String weight(ServerSpec spec) {
    return " (Weight set to " + spec.weight() + ")";
  }

  static ServerSpec withoutWeight(ServerSpec spec) {
    return new ServerSpec(
        spec.key(),
        spec.forwarding(),
        0,
        spec.upperThreshold(),
        spec.lowerThreshold(),
        spec.tunnel());
  }

  /** A table may say that a server is local where it was told to route directly to it. */
  private static boolean same(ServerSpec present, ServerSpec wanted) {
    ForwardingMethod forwarding =
        present.forwarding() == ForwardingMethod.LOCAL ? wanted.forwarding() : present.forwarding();
    return new ServerSpec(
            present.key(),
            forwarding,
            present.weight(),
            present.upperThreshold(),
            present.lowerThreshold(),
            present.tunnel())
        .equals(wanted);
  }
}
