package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.check.CheckPlanner;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.report.MonitorReport;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * Keeps the service table as the configuration and the findings of the checks want it. Has no
 * clock, no threads and no I/O but the table; one thread at a time may call it.
 *
 * <p>Differs from the original on purpose: nothing is added before its first check has ended, and
 * what the table holds at the start stays until then; a reload changes only what differs; a table
 * that has lost a service (its director was restarted, say) gets it back at the next tick. A weight
 * that somebody sets by hand stays until that server's state changes.
 */
public final class Supervision {
  private final ServerTable table;
  private final Effects effects;
  private final Map<ServiceKey, VirtualState> virtuals = new LinkedHashMap<>();

  /** Services that the configuration no longer has, while their servers drain. */
  private final Map<ServiceKey, VirtualState> leaving = new LinkedHashMap<>();

  /** Whether any service wants to know how handshakes go. */
  private boolean followsHandshakes;

  private final Companions companions = new Companions();
  private final Weighing weighing;
  private final PassiveHealth passiveHealth;
  private final TableOrder order;

  public Supervision(ServerTable table, Effects effects) {
    this.table = table;
    this.effects = effects;
    this.weighing = new Weighing(effects);
    this.passiveHealth = new PassiveHealth(effects);
    this.order = new TableOrder(table, effects, passiveHealth);
  }

  /**
   * Takes a configuration over, the first one or another. Servers that stay keep their state.
   *
   * @throws TableException if the table cannot be read; nothing has changed then
   */
  public void load(Configuration configuration, Instant now) throws TableException {
    Map<ServiceKey, TableEntry> present = TableOrder.byKey(table.services());
    order.readdQuiescent(configuration.globals().readdQuiescent());
    followsHandshakes =
        configuration.virtualServers().stream().anyMatch(virtual -> virtual.passive().on());
    Map<ServiceKey, VirtualState> before = new LinkedHashMap<>(virtuals);
    virtuals.clear();
    for (VirtualServer config : configuration.virtualServers()) {
      leaving.remove(config.key());
      Optional<VirtualState> old = Optional.ofNullable(before.remove(config.key()));
      Optional<TableEntry> entry = Optional.ofNullable(present.get(config.key()));
      virtuals.put(config.key(), take(config, old, entry, now));
    }
    companions.load(virtuals.values());
    for (VirtualState gone : before.values()) {
      if (present.containsKey(gone.config.key())) {
        if (order.leave(gone, present.get(gone.config.key()))) {
          leaving.put(gone.config.key(), gone);
        }
      }
    }
    order.arrange(virtuals.values().stream().map(TableOrder.Due::whole).toList(), present, now);
  }

  /** The checks that the configuration asks for, in its order. */
  public List<Watch> watches() {
    List<Watch> watches = new ArrayList<>();
    for (VirtualState virtual : virtuals.values()) {
      for (Map.Entry<ServerKey, ServerState> server : virtual.servers.entrySet()) {
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

  /** The agents that are to be asked, beside the checks. */
  List<AgentLoop.AgentWatch> agents() {
    List<AgentLoop.AgentWatch> agents = new ArrayList<>();
    for (VirtualState virtual : virtuals.values()) {
      virtual.servers.forEach(
          (key, server) ->
              CheckPlanner.question(virtual.config, server.real)
                  .ifPresent(
                      question ->
                          agents.add(
                              new AgentLoop.AgentWatch(
                                  new ServerId(virtual.config.key(), key),
                                  question,
                                  virtual.config.weights().interval()))));
    }
    return agents;
  }

  /** Takes a word of a server's agent. One of a server that is not configured is ignored. */
  public void heard(ServerId id, AgentWord word, Instant now) {
    VirtualState virtual = virtuals.get(id.service());
    ServerState server = virtual == null ? null : virtual.servers.get(id.server());
    if (virtual != null && server != null && weighing.hear(virtual, server, word, now)) {
      order.arrange(List.of(new TableOrder.Due(virtual, Set.of(id.server()), false)), now);
    }
  }

  /** Whether {@link #lookAtHandshakes} has anything to look for. */
  public boolean followsHandshakes() {
    return followsHandshakes;
  }

  /**
   * To be called about once a second: judges servers by how handshakes with them go.
   *
   * @return those that are to be checked at once
   */
  public List<ServerId> lookAtHandshakes(Instant now) {
    List<ServerId> suspects = new ArrayList<>();
    try {
      passiveHealth.counted(table.handshakes());
    } catch (TableException unreadable) {
      // The next tick says so, if it stays like that.
      return suspects;
    }
    List<TableOrder.Due> dues = new ArrayList<>();
    for (VirtualState virtual : virtuals.values()) {
      Set<ServerKey> changed = passiveHealth.judge(virtual, suspects, now);
      if (!changed.isEmpty()) {
        dues.add(new TableOrder.Due(virtual, changed, false));
      }
    }
    order.arrange(dues, now);
    return suspects;
  }

  /** What was found out about one server. */
  public record Found(ServerId id, Finding finding) {}

  /** Takes what was found about a server. One that is no longer configured is ignored. */
  public void found(ServerId id, Finding finding) {
    Set<ServerId> _ = found(List.of(new Found(id, finding)));
  }

  /**
   * Takes what was found about servers, in its order, and changes the table once for all of it: so
   * thousands that fail together cost a few changes, not thousands.
   *
   * @param findings at least one; of servers that are no longer configured they are ignored
   * @return servers that may have gone, or come back, together with those that did
   */
  public Set<ServerId> found(List<Found> findings) {
    Map<VirtualState, Set<ServerKey>> changed = new LinkedHashMap<>();
    for (Found found : findings) {
      VirtualState virtual = virtuals.get(found.id().service());
      ServerState server = virtual == null ? null : virtual.servers.get(found.id().server());
      if (virtual != null
          && server != null
          && take(virtual, found.id().server(), server, found.finding())) {
        changed.computeIfAbsent(virtual, _ -> new LinkedHashSet<>()).add(found.id().server());
      }
    }
    List<TableOrder.Due> dues = new ArrayList<>();
    changed.forEach((virtual, servers) -> dues.add(new TableOrder.Due(virtual, servers, false)));
    order.arrange(dues, findings.getLast().finding().at());
    return companions.take();
  }

  /** Whether the table may have to change for it. */
  private boolean take(VirtualState virtual, ServerKey key, ServerState server, Finding finding) {
    boolean first = !server.answered();
    int failures = server.failures();
    ServerState.Step step =
        server.take(finding, virtual.config.failureCount(), virtual.config.riseCount());
    if (failures > 0 && server.failures() == 0 && server.isUp()) {
      effects.log("Resetting soft failure count: " + virtual.longName(server));
    }
    log(virtual, server, step, finding);
    boolean weighed =
        finding
            .outcome()
            .word()
            .map(word -> weighing.hear(virtual, server, word, finding.at()))
            .orElse(false);
    if (!first && (step == ServerState.Step.FELL || step == ServerState.Step.ROSE)) {
      companions.changed(virtual, key, step == ServerState.Step.ROSE);
    }
    return switch (step) {
      case FELL, ROSE, TAKEN_OUT -> true;
      case NOTHING, SOFT_FAILURE, RISING -> first || weighed;
    };
  }

  private void log(
      VirtualState virtual, ServerState server, ServerState.Step step, Finding finding) {
    String name = virtual.longName(server);
    String reason = finding.outcome().reason();
    switch (step) {
      case NOTHING, ROSE -> {}
      case SOFT_FAILURE ->
          effects.log(
              "Soft failure real server: %s failure %d/%d: %s"
                  .formatted(name, server.failures(), virtual.config.failureCount(), reason));
      case RISING ->
          effects.log(
              "Rising real server: %s success %d/%d: %s"
                  .formatted(name, server.successes(), virtual.config.riseCount(), reason));
      case TAKEN_OUT -> effects.log("Taken out real server: " + name + ": " + reason);
      case FELL -> {
        effects.log("Failed real server: " + name + ": " + reason);
        int falls = server.recentFalls(finding.at());
        if (falls >= ServerState.FLAPPING_FALLS) {
          effects.log(
              "Flapping real server: %s: down %d times within the last %d minutes"
                  .formatted(name, falls, ServerState.FLAPPING_WINDOW.toMinutes()));
        }
      }
    }
  }

  /** To be called now and then: gives the table back what it has lost, and tries again. */
  public void tick(Instant now) {
    Map<ServiceKey, TableEntry> present;
    try {
      present = TableOrder.byKey(table.services());
    } catch (TableException unreadable) {
      for (VirtualState virtual : virtuals.values()) {
        virtual.retry = true;
      }
      return;
    }
    List<TableOrder.Due> dues = new ArrayList<>();
    for (VirtualState virtual : virtuals.values()) {
      TableEntry entry = present.get(virtual.config.key());
      if (virtual.retry || entry == null || !entry.policy().equals(virtual.config.policy())) {
        dues.add(TableOrder.Due.whole(virtual));
      } else {
        noticeDrained(virtual, entry);
      }
    }
    order.arrange(dues, present, now);
    for (VirtualState gone : List.copyOf(leaving.values())) {
      TableEntry entry = present.get(gone.config.key());
      if (entry == null || entry.servers().isEmpty()) {
        leaving.remove(gone.config.key());
        order.delete(gone, "drained");
      }
    }
  }

  private void noticeDrained(VirtualState virtual, TableEntry entry) {
    for (ServerKey key : List.copyOf(virtual.quiesced.keySet())) {
      if (entry.server(key).isEmpty()) {
        virtual.quiesced.remove(key);
        effects.log("Drained real server: " + virtual.describe(key));
      }
    }
  }

  /**
   * What is known of all services.
   *
   * @param table what the table has; empty when nobody can tell
   */
  List<MonitorReport.Service> report(
      Instant now,
      Map<ServiceKey, TableEntry> table,
      Function<ServerId, Optional<Instant>> nextCheck) {
    Reporter reporter = new Reporter(now, nextCheck);
    List<MonitorReport.Service> services = new ArrayList<>();
    virtuals.forEach(
        (key, virtual) ->
            services.add(reporter.service(virtual, Optional.ofNullable(table.get(key)), false)));
    leaving.forEach(
        (key, virtual) ->
            services.add(reporter.service(virtual, Optional.ofNullable(table.get(key)), true)));
    return services;
  }

  /** Takes out the services that are to go when the monitor ends. */
  public void stop() {
    for (VirtualState virtual : virtuals.values()) {
      if (virtual.config.cleanStop()) {
        order.delete(virtual, "stop");
      }
    }
    for (VirtualState gone : leaving.values()) {
      order.delete(gone, "stop");
    }
  }

  private VirtualState take(
      VirtualServer config, Optional<VirtualState> old, Optional<TableEntry> present, Instant now) {
    VirtualState virtual = new VirtualState(config);
    old.ifPresent(virtual::inherit);
    for (RealServer real : config.realServers()) {
      ServerKey key = real.key(config.key());
      ServerState server = new ServerState(config, real, now);
      Optional<ServerState> before = old.map(known -> known.servers.get(key));
      before.ifPresent(server::inheritSaid);
      if (server.check instanceof Check.Fixed fixed) {
        server.fix(fixed.up());
      } else if (before.isPresent() && !(before.get().check instanceof Check.Fixed)) {
        server.inherit(before.get());
      } else if (present.flatMap(entry -> entry.server(key)).map(ServerSpec::weight).orElse(0)
          > 0) {
        server.trust();
      }
      virtual.servers.put(key, server);
      virtual.gone.remove(key);
    }
    return virtual;
  }

  /** Whether every server's first check has ended. */
  public boolean allAnswered() {
    return virtuals.values().stream().allMatch(VirtualState::allAnswered);
  }
}
