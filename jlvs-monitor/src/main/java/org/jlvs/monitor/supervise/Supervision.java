package org.jlvs.monitor.supervise;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.alert.Alerts;
import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.check.CheckPlanner;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * Keeps the service table as the configuration and the results of the checks want it. Has no clock,
 * no threads and no I/O but the table; one thread at a time may call it.
 *
 * <p>Differs from the original on purpose: nothing is added before its first check has ended, and
 * what the table holds at the start stays until then; a reload changes only what differs; a table
 * that has lost a service (its director was restarted, say) gets it back at the next tick. A weight
 * that somebody sets by hand stays until that server's state changes.
 */
public final class Supervision {
  private enum Health {
    /** No check has ended, and the table had nothing to say about it. */
    UNKNOWN,
    UP,
    DOWN
  }

  private static final class Server {
    RealServer real;
    Check check;
    Health health = Health.UNKNOWN;

    /** Whether a check of it has ended since it was first configured. */
    boolean answered;

    int failures;

    /** What its last check said. */
    String reason = "";

    /** Whether it has been told of that the server is down. */
    boolean toldDown;

    Server(RealServer real, Check check) {
      this.real = real;
      this.check = check;
    }
  }

  private static final class Virtual {
    VirtualServer config;
    final Map<ServerKey, Server> servers = new LinkedHashMap<>();

    /** Whether the fallback was wanted when its command was last run; empty before. */
    Optional<Boolean> fallbackIn = Optional.empty();

    /** Whether strangers have been removed since the configuration was loaded. */
    boolean tidied;

    /** Whether the last change failed and is to be tried again. */
    boolean retry;

    String lastFailure = "";

    Virtual(VirtualServer config) {
      this.config = config;
    }

    boolean allAnswered() {
      return servers.values().stream().allMatch(server -> server.answered);
    }

    boolean wantsFallback() {
      return allAnswered()
          && servers.values().stream().noneMatch(server -> server.health == Health.UP);
    }

    boolean someoneServes() {
      return servers.values().stream()
          .anyMatch(server -> server.answered && server.health == Health.UP);
    }

    /** How soft failures name a server. */
    String longName(Server server) {
      return nameOf(server) + " (" + config.protocolName() + ":" + config.name() + ")";
    }

    String nameOf(Server server) {
      ServerKey key = server.real.key(config.key());
      return VirtualServer.endpointText(key.address(), key.port());
    }
  }

  private final ServerTable table;
  private final Effects effects;
  private final Map<ServiceKey, Virtual> virtuals = new LinkedHashMap<>();
  private boolean readdQuiescent = true;

  public Supervision(ServerTable table, Effects effects) {
    this.table = table;
    this.effects = effects;
  }

  /**
   * Takes a configuration over, the first one or another. Servers that stay keep their state.
   *
   * @throws TableException if the table cannot be read; nothing has changed then
   */
  public void load(Configuration configuration) throws TableException {
    Map<ServiceKey, TableEntry> present = new LinkedHashMap<>();
    for (TableEntry entry : table.services()) {
      present.put(entry.spec().key(), entry);
    }
    readdQuiescent = configuration.globals().readdQuiescent();
    Map<ServiceKey, Virtual> before = new LinkedHashMap<>(virtuals);
    virtuals.clear();
    for (VirtualServer config : configuration.virtualServers()) {
      Optional<Virtual> old = Optional.ofNullable(before.remove(config.key()));
      virtuals.put(config.key(), take(config, old, Optional.ofNullable(present.get(config.key()))));
    }
    for (Virtual gone : before.values()) {
      if (present.containsKey(gone.config.key())) {
        deleteService(gone, "start");
      }
    }
    for (Virtual virtual : virtuals.values()) {
      arrange(virtual, virtual.servers.keySet(), true);
    }
  }

  /** The checks that the configuration asks for, in its order. */
  public List<Watch> watches() {
    List<Watch> watches = new ArrayList<>();
    for (Virtual virtual : virtuals.values()) {
      for (Map.Entry<ServerKey, Server> server : virtual.servers.entrySet()) {
        if (!(server.getValue().check instanceof Check.Fixed)) {
          watches.add(
              new Watch(
                  new ServerId(virtual.config.key(), server.getKey()),
                  virtual.config,
                  server.getValue().real,
                  server.getValue().check));
        }
      }
    }
    return watches;
  }

  /** Takes the result of a check. One of a server that is no longer configured is ignored. */
  public void checkEnded(ServerId id, Outcome outcome) {
    Virtual virtual = virtuals.get(id.service());
    Server server = virtual == null ? null : virtual.servers.get(id.server());
    if (virtual == null || server == null) {
      return;
    }
    boolean first = !server.answered;
    server.reason = outcome.reason();
    Health before = server.health;
    server.answered = true;
    if (outcome.up()) {
      if (server.failures > 0) {
        effects.log("Resetting soft failure count: " + virtual.longName(server));
      }
      server.failures = 0;
      server.health = Health.UP;
    } else {
      failed(virtual, server, outcome);
    }
    if (first || server.health != before) {
      arrange(virtual, Set.of(id.server()), false);
    }
  }

  private void failed(Virtual virtual, Server server, Outcome outcome) {
    server.failures = Math.min(server.failures + 1, Integer.MAX_VALUE - 1);
    if (server.health == Health.DOWN) {
      return;
    }
    int most = virtual.config.failureCount();
    String reason = virtual.longName(server) + " failure ";
    if (server.health == Health.UP && server.failures < most) {
      effects.log(
          "Soft failure real server: "
              + reason
              + server.failures
              + "/"
              + most
              + ": "
              + outcome.reason());
      return;
    }
    server.health = Health.DOWN;
    effects.log("Failed real server: " + virtual.longName(server) + ": " + outcome.reason());
  }

  /** To be called now and then: gives the table back what it has lost, and tries again. */
  public void tick() {
    Set<ServiceKey> present = new HashSet<>();
    try {
      for (TableEntry entry : table.services()) {
        present.add(entry.spec().key());
      }
    } catch (TableException unreadable) {
      for (Virtual virtual : virtuals.values()) {
        virtual.retry = true;
      }
      return;
    }
    for (Virtual virtual : virtuals.values()) {
      if (virtual.retry || !present.contains(virtual.config.key())) {
        arrange(virtual, virtual.servers.keySet(), true);
      }
    }
  }

  /** Takes out the services that are to go when the monitor ends. */
  public void stop() {
    for (Virtual virtual : virtuals.values()) {
      if (virtual.config.cleanStop()) {
        deleteService(virtual, "stop");
      }
    }
  }

  private Virtual take(VirtualServer config, Optional<Virtual> old, Optional<TableEntry> present) {
    Virtual virtual = new Virtual(config);
    virtual.fallbackIn = old.flatMap(before -> before.fallbackIn);
    for (RealServer real : config.realServers()) {
      ServerKey key = real.key(config.key());
      Server server = new Server(real, CheckPlanner.plan(config, real));
      Optional<Server> before = old.map(known -> known.servers.get(key));
      if (server.check instanceof Check.Fixed fixed) {
        server.health = fixed.up() ? Health.UP : Health.DOWN;
        server.answered = true;
      } else if (before.isPresent() && !(before.get().check instanceof Check.Fixed)) {
        server.health = before.get().health;
        server.answered = before.get().answered;
        server.failures = before.get().failures;
        server.reason = before.get().reason;
        server.toldDown = before.get().toldDown;
      } else if (present.flatMap(entry -> entry.server(key)).map(ServerSpec::weight).orElse(0)
          > 0) {
        // Somebody is being served by it: it is taken for good until a check says otherwise.
        server.health = Health.UP;
      }
      virtual.servers.put(key, server);
    }
    return virtual;
  }

  /**
   * Puts one service into order.
   *
   * @param changed servers whose entries may be changed
   * @param whole whether the service itself may be changed too
   */
  private void arrange(Virtual virtual, Set<ServerKey> changed, boolean whole) {
    boolean tidy = virtual.allAnswered() && !virtual.tidied;
    try {
      Optional<TableEntry> entry = table.service(virtual.config.key());
      boolean all = whole || tidy || virtual.retry || entry.isEmpty();
      Arrangement arrangement = new Arrangement(virtual, entry);
      arrangement.service(all);
      arrangement.servers(all ? virtual.servers.keySet() : withFallback(virtual, changed));
      arrangement.fallback();
      if (virtual.allAnswered() && (tidy || all)) {
        arrangement.strangers();
      }
      List<TableChange> changes = arrangement.changes();
      if (!changes.isEmpty()) {
        table.apply(changes);
      }
      for (Note note : arrangement.notes) {
        note.line().ifPresent(effects::log);
        note.event().ifPresent(effects::tell);
      }
      for (Server server : virtual.servers.values()) {
        server.toldDown = server.answered && server.health == Health.DOWN;
      }
      virtual.retry = false;
      virtual.lastFailure = "";
      virtual.tidied |= tidy;
      runFallbackCommand(virtual);
    } catch (TableException failed) {
      virtual.retry = true;
      String reason = String.valueOf(failed.getMessage());
      if (!reason.equals(virtual.lastFailure)) {
        virtual.lastFailure = reason;
        effects.log(
            "Cannot bring virtual server "
                + virtual.config.name()
                + " into order: "
                + reason
                + "; trying again");
      }
    }
  }

  /** A fallback that is one of the real servers too may change its role with any of them. */
  private static Set<ServerKey> withFallback(Virtual virtual, Set<ServerKey> changed) {
    Set<ServerKey> keys = new LinkedHashSet<>(changed);
    virtual
        .config
        .fallback()
        .map(fallback -> fallback.spec(virtual.config.key()).key())
        .ifPresent(keys::add);
    return keys;
  }

  private void runFallbackCommand(Virtual virtual) {
    boolean wanted = virtual.wantsFallback();
    if (!wanted && !virtual.someoneServes() || virtual.fallbackIn.equals(Optional.of(wanted))) {
      return;
    }
    // Also at the start: nobody knows what a monitor that ran before has left behind.
    virtual.fallbackIn = Optional.of(wanted);
    virtual
        .config
        .fallbackCommand()
        .ifPresent(
            command ->
                effects.run(
                    OperatorCommand.of(
                        command,
                        wanted ? "start" : "stop",
                        virtual.config.name(),
                        virtual.config.protocolName())));
  }

  private void deleteService(Virtual virtual, String when) {
    try {
      Optional<TableEntry> entry = table.service(virtual.config.key());
      if (entry.isEmpty()) {
        return;
      }
      table.apply(List.of(new TableChange.DeleteService(virtual.config.key())));
      for (Server server : virtual.servers.values()) {
        if (entry.get().server(server.real.key(virtual.config.key())).isPresent()) {
          String name = virtual.nameOf(server);
          String line =
              "Purged real server (" + when + "): " + name + " (" + virtual.config.name() + ")";
          effects.log(line);
          effects.tell(
              new ServerEvent(Alert.Event.PURGED, virtual.config, name, line, server.reason));
        }
      }
      effects.log("Purged virtual server (" + when + "): " + virtual.config.name());
    } catch (TableException failed) {
      effects.log(
          "Cannot remove virtual server " + virtual.config.name() + ": " + failed.getMessage());
    }
  }

  /** Whether every server's first check has ended. */
  public boolean allAnswered() {
    return virtuals.values().stream().allMatch(Virtual::allAnswered);
  }

  /** What is to be said when a change has been made. */
  private record Note(Optional<String> line, Optional<ServerEvent> event) {}

  /** The difference between what one service's entry is and what it shall be. */
  private final class Arrangement {
    private final Virtual virtual;
    private final ServiceKey service;
    private final Optional<TableEntry> entry;
    private final Optional<ServerSpec> fallback;
    private final List<TableChange> ofService = new ArrayList<>();
    private final List<TableChange> adds = new ArrayList<>();
    private final List<TableChange> edits = new ArrayList<>();
    private final List<TableChange> failures = new ArrayList<>();
    private final List<TableChange> deletes = new ArrayList<>();
    final List<Note> notes = new ArrayList<>();

    Arrangement(Virtual virtual, Optional<TableEntry> entry) {
      this.virtual = virtual;
      this.service = virtual.config.key();
      this.entry = entry;
      this.fallback = virtual.config.fallback().map(server -> server.spec(service));
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

    void service(boolean mayChange) {
      if (entry.isEmpty()) {
        ofService.add(new TableChange.AddService(virtual.config.spec()));
        note("Added virtual server: " + virtual.config.name());
      } else if (mayChange && !entry.get().spec().equals(virtual.config.spec())) {
        ofService.add(new TableChange.EditService(virtual.config.spec()));
        note("Changed virtual server: " + virtual.config.name());
      }
    }

    void servers(Set<ServerKey> keys) {
      for (ServerKey key : keys) {
        Server server = virtual.servers.get(key);
        boolean asFallback =
            virtual.wantsFallback() && fallback.isPresent() && fallback.get().key().equals(key);
        if (server == null || !server.answered || asFallback) {
          continue;
        }
        ServerSpec spec = server.real.spec(service);
        Optional<ServerSpec> present = present(key);
        if (server.health == Health.UP) {
          put(spec, present);
        } else if (!virtual.config.quiescent()) {
          if (present.isPresent()) {
            deletes.add(new TableChange.DeleteServer(service, key));
            note(Alert.Event.DELETED, key, "Deleted real server: " + describe(key));
          } else {
            noteThatItIsDown(server, key);
          }
        } else if (present.isPresent() || readdQuiescent) {
          if (present.isPresent() && present.get().weight() > 0) {
            failures.add(new TableChange.ServerFailed(service, key));
          }
          put(withoutWeight(spec), present);
          noteThatItIsDown(server, key);
        } else {
          noteThatItIsDown(server, key);
        }
      }
    }

    private void note(String line) {
      notes.add(new Note(Optional.of(line), Optional.empty()));
    }

    private void note(Alert.Event event, ServerKey key, String line) {
      notes.add(new Note(Optional.of(line), Optional.of(event(event, key, line))));
    }

    /** For a server that was down before anything had to be changed for that. */
    private void noteThatItIsDown(Server server, ServerKey key) {
      String name = VirtualServer.endpointText(key.address(), key.port());
      boolean noted =
          notes.stream()
              .flatMap(note -> note.event().stream())
              .anyMatch(event -> event.server().equals(name));
      if (!server.toldDown && !noted) {
        String message = Alerts.inaccessible(virtual.config, name);
        ServerEvent event = event(Alert.Event.INACCESSIBLE, key, message);
        notes.add(new Note(Optional.empty(), Optional.of(event)));
      }
    }

    private ServerEvent event(Alert.Event event, ServerKey key, String message) {
      Server server = virtual.servers.get(key);
      return new ServerEvent(
          event,
          virtual.config,
          VirtualServer.endpointText(key.address(), key.port()),
          message,
          server == null ? "" : server.reason);
    }

    private void put(ServerSpec spec, Optional<ServerSpec> present) {
      String what = describe(spec.key()) + weight(spec);
      if (present.isEmpty()) {
        adds.add(new TableChange.AddServer(service, spec));
        note(
            isDown(spec) ? Alert.Event.QUIESCENT : Alert.Event.ADDED,
            spec.key(),
            "Added real server: " + what);
      } else if (!same(present.get(), spec)) {
        edits.add(new TableChange.EditServer(service, spec));
        note(
            isDown(spec) ? Alert.Event.QUIESCENT : Alert.Event.RESTORED,
            spec.key(),
            (spec.weight() == 0 ? "Quiescent" : "Restored") + " real server: " + what);
      }
    }

    private boolean isDown(ServerSpec spec) {
      Server server = virtual.servers.get(spec.key());
      return server != null && server.health == Health.DOWN;
    }

    void fallback() {
      if (fallback.isEmpty()) {
        return;
      }
      ServerSpec spec = fallback.get();
      Server alsoReal = virtual.servers.get(spec.key());
      Optional<ServerSpec> present = present(spec.key());
      if (virtual.wantsFallback()) {
        if (present.isEmpty()) {
          adds.add(new TableChange.AddServer(service, spec));
          note(
              Alert.Event.FALLBACK_ADDED,
              spec.key(),
              "Added fallback server: " + describe(spec.key()) + weight(spec));
        } else if (!same(present.get(), spec)) {
          edits.add(new TableChange.EditServer(service, spec));
          note(
              Alert.Event.FALLBACK_ADDED,
              spec.key(),
              "Restored fallback server: " + describe(spec.key()) + weight(spec));
        }
      } else if (present.isPresent() && alsoReal == null && virtual.someoneServes()) {
        deletes.add(new TableChange.DeleteServer(service, spec.key()));
        note(
            Alert.Event.FALLBACK_DELETED,
            spec.key(),
            "Deleted fallback server: " + describe(spec.key()));
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
        if (!virtual.servers.containsKey(key) && !isFallback) {
          deletes.add(new TableChange.DeleteServer(service, key));
          note(Alert.Event.PURGED, key, "Purged real server (start): " + describe(key));
        }
      }
    }

    private Optional<ServerSpec> present(ServerKey key) {
      return entry.flatMap(known -> known.server(key));
    }

    private String describe(ServerKey key) {
      return VirtualServer.endpointText(key.address(), key.port())
          + " ("
          + virtual.config.name()
          + ")";
    }

    private static String weight(ServerSpec spec) {
      return " (Weight set to " + spec.weight() + ")";
    }
  }

  private static ServerSpec withoutWeight(ServerSpec spec) {
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
