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
    try {
      carryOut(plans, now);
    } catch (TableException refused) {
      // One that the director refuses must not keep the others from being put into order.
      for (Plan plan : plans) {
        try {
          carryOut(List.of(plan), now);
        } catch (TableException failed) {
          failed(plan.virtual(), failed);
        }
      }
    }
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

  private void carryOut(List<Plan> plans, Instant now) throws TableException {
    List<TableChange> changes = new ArrayList<>();
    plans.forEach(plan -> changes.addAll(plan.changes()));
    if (!changes.isEmpty()) {
      table.apply(changes);
    }
    for (Plan plan : plans) {
      VirtualState virtual = plan.virtual();
      plan.arrangement().tell(effects);
      plan.arrangement().remember(now);
      virtual.retry = false;
      virtual.lastFailure = "";
      virtual.tidied |= plan.tidy();
      runFallbackCommand(virtual);
    }
  }

  private void failed(VirtualState virtual, TableException why) {
    virtual.retry = true;
    String reason = String.valueOf(why.getMessage());
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
