package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.table.RefusedException;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * Puts services into the order that their state asks for, those that are due together by one change
 * of the table, and takes them out. For one thread.
 */
final class TableOrder {
  private final ServerTable table;
  private final Effects effects;
  private final PassiveHealth passiveHealth;
  private boolean readdQuiescent;

  TableOrder(ServerTable table, Effects effects, PassiveHealth passiveHealth) {
    this.table = table;
    this.effects = effects;
    this.passiveHealth = passiveHealth;
  }

  /** As the directive of that name has it. */
  void readdQuiescent(boolean readd) {
    readdQuiescent = readd;
  }

  /**
   * A service that is to be put into order.
   *
   * @param changed servers whose entries may be changed
   * @param whole whether the service itself may be changed too
   */
  record Due(VirtualState virtual, Set<ServerKey> changed, boolean whole) {
    static Due whole(VirtualState virtual) {
      return new Due(virtual, virtual.servers.keySet(), true);
    }

    ServiceKey key() {
      return virtual.config.key();
    }
  }

  /** What a service's order asks of the table. */
  private record Plan(
      VirtualState virtual, Arrangement arrangement, List<TableChange> changes, boolean tidy) {}

  static Map<ServiceKey, TableEntry> byKey(List<TableEntry> entries) {
    Map<ServiceKey, TableEntry> present = new LinkedHashMap<>();
    entries.forEach(entry -> present.put(entry.spec().key(), entry));
    return present;
  }

  /** As {@link #arrange(List, Map, Instant)}, with what the table has of these services now. */
  void arrange(List<Due> dues, Instant now) {
    if (dues.isEmpty()) {
      return;
    }
    try {
      List<ServiceKey> keys = dues.stream().map(Due::key).toList();
      arrange(dues, byKey(table.services(keys)), now);
    } catch (TableException unreadable) {
      dues.forEach(due -> failed(due.virtual(), unreadable));
    }
  }

  /**
   * Puts services into order by one change of the table.
   *
   * @param present what the table has of them, and maybe of others
   */
  void arrange(List<Due> dues, Map<ServiceKey, TableEntry> present, Instant now) {
    List<Plan> plans = new ArrayList<>();
    for (Due due : dues) {
      plans.add(plan(due, Optional.ofNullable(present.get(due.key()))));
    }
    carryOut(plans, now);
  }

  private Plan plan(Due due, Optional<TableEntry> entry) {
    VirtualState virtual = due.virtual();
    boolean answered = virtual.allAnswered();
    boolean tidy = answered && !virtual.tidied;
    boolean all = due.whole() || tidy || virtual.retry || entry.isEmpty();
    Set<ServerKey> concerned = withFallback(virtual, due.changed());
    concerned.addAll(passiveHealth.readmitWhereNobodyElseServes(virtual));
    Arrangement arrangement = new Arrangement(virtual, entry, readdQuiescent);
    arrangement.service(all);
    arrangement.servers(all ? virtual.servers.keySet() : concerned);
    arrangement.fallback();
    if (answered && (tidy || all)) {
      arrangement.strangers();
    }
    return new Plan(virtual, arrangement, arrangement.changes(), tidy);
  }

  /** One that the director refuses must not keep the others from being put into order. */
  private void carryOut(List<Plan> plans, Instant now) {
    List<TableChange> changes = new ArrayList<>();
    plans.forEach(plan -> changes.addAll(plan.changes()));
    try {
      if (!changes.isEmpty()) {
        table.apply(changes);
      }
      plans.forEach(plan -> settle(plan, Map.of(), Set.of(), now));
    } catch (RefusedException refused) {
      if (plans.size() == 1) {
        carryOutInPart(plans.getFirst(), now);
      } else {
        int half = plans.size() / 2;
        carryOut(plans.subList(0, half), now);
        carryOut(plans.subList(half, plans.size()), now);
      }
    } catch (TableException outOfReach) {
      plans.forEach(plan -> failed(plan.virtual(), outOfReach));
    }
  }

  /** Nor must one server keep the others of its service from that. */
  private void carryOutInPart(Plan plan, Instant now) {
    VirtualState virtual = plan.virtual();
    Piecemeal piecemeal = new Piecemeal(table);
    try {
      piecemeal.make(plan.changes());
    } catch (TableException failed) {
      failed(virtual, failed);
      return;
    }
    Map<ServerKey, String> servers = piecemeal.refusedServers();
    Map<String, String> problems = new LinkedHashMap<>();
    piecemeal.refusedForService().ifPresent(reason -> problems.put(name(virtual), reason));
    servers.forEach((key, reason) -> problems.put("real server " + virtual.describe(key), reason));
    Set<ServerKey> unserving = new LinkedHashSet<>(servers.keySet());
    unserving.removeIf(plan.arrangement()::servedBefore);
    plan.arrangement().without(servers.keySet());
    settle(plan, problems, unserving, now);
  }

  /**
   * Takes note of what was done.
   *
   * @param refused servers that would serve otherwise
   */
  private void settle(
      Plan plan, Map<String, String> problems, Set<ServerKey> refused, Instant now) {
    VirtualState virtual = plan.virtual();
    plan.arrangement().tell(effects);
    plan.arrangement().remember(now);
    virtual.tidied |= plan.tidy();
    boolean wantedFallback = virtual.wantsFallback();
    virtual.refused = Set.copyOf(refused);
    tell(virtual, problems);
    runFallbackCommand(virtual);
    if (wantedFallback != virtual.wantsFallback()) {
      // Because of the director alone, which nothing has been done about yet.
      arrange(List.of(Due.whole(virtual)), now);
    }
  }

  private void failed(VirtualState virtual, TableException why) {
    tell(virtual, Map.of(name(virtual), String.valueOf(why.getMessage())));
  }

  private static String name(VirtualState virtual) {
    return "virtual server " + virtual.config.name();
  }

  /** Logs what is wrong once, until it is another thing. */
  private void tell(VirtualState virtual, Map<String, String> problems) {
    problems.forEach(
        (what, reason) -> {
          if (!reason.equals(virtual.problems.get(what))) {
            effects.log("Cannot bring " + what + " into order: " + reason + "; trying again");
          }
        });
    virtual.problems = problems;
    virtual.retry = !problems.isEmpty();
  }

  /** A fallback that is one of the real servers too may change its role with any of them. */
  private static Set<ServerKey> withFallback(VirtualState virtual, Set<ServerKey> changed) {
    Set<ServerKey> keys = new LinkedHashSet<>(changed);
    virtual
        .config
        .fallback()
        .map(fallback -> fallback.spec(virtual.config.key()).key())
        .ifPresent(keys::add);
    return keys;
  }

  private void runFallbackCommand(VirtualState virtual) {
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

  /**
   * Takes out a service that the configuration no longer has, at once or once its clients have
   * gone.
   *
   * @return whether it drains
   */
  boolean leave(VirtualState gone, TableEntry entry) {
    Arrangement arrangement = new Arrangement(gone, Optional.of(entry), readdQuiescent);
    arrangement.emptied();
    if (!arrangement.someDrain()) {
      delete(gone, "start");
      return false;
    }
    try {
      table.apply(arrangement.changes());
      arrangement.tell(effects);
      return true;
    } catch (TableException failed) {
      effects.log("Cannot drain virtual server " + gone.config.name() + ": " + failed.getMessage());
      delete(gone, "start");
      return false;
    }
  }

  /**
   * Takes a service and its servers out.
   *
   * @param when in the log's words
   */
  void delete(VirtualState virtual, String when) {
    VirtualServer config = virtual.config;
    try {
      Optional<TableEntry> entry = table.service(config.key());
      if (entry.isEmpty()) {
        return;
      }
      table.apply(List.of(new TableChange.DeleteService(config.key())));
      virtual.servers.forEach(
          (key, server) -> {
            if (entry.get().server(key).isPresent()) {
              String line = "Purged real server (" + when + "): " + virtual.describe(key);
              effects.log(line);
              effects.tell(virtual.event(Alert.Event.PURGED, key, line));
            }
          });
      effects.log("Purged virtual server (" + when + "): " + config.name());
    } catch (TableException failed) {
      effects.log("Cannot remove virtual server " + config.name() + ": " + failed.getMessage());
    }
  }
}
