package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Statistics;

/**
 * Brings a snapshot of a service table up to date by the parts of it that have changed since. Not
 * for sharing between threads.
 */
public final class SnapshotBuilder {
  private final LinkedHashMap<ServiceKey, TableSnapshot.Service> services = new LinkedHashMap<>();
  private final Map<ServiceKey, List<TableSnapshot.DeletedServer>> trash = new LinkedHashMap<>();

  /** Whose service's trash has a server of this number. */
  private final Map<Integer, ServiceKey> trashed = new HashMap<>();

  private Statistics departed;
  private Statistics zeroed;

  public SnapshotBuilder(TableSnapshot older) {
    older.services().forEach(service -> services.put(service.spec().key(), service));
    older.trash().forEach(this::add);
    departed = older.departed();
    zeroed = older.zeroed();
  }

  /**
   * Replaces all that there is of some services. A service that is not there yet is listed before
   * all others, as it would be had it just been added.
   */
  public void apply(TableSnapshot.Part part) {
    Set<ServiceKey> keys = new HashSet<>(part.keys());
    Set<ServiceKey> present = new HashSet<>();
    part.services().forEach(service -> present.add(service.spec().key()));
    for (ServiceKey key : keys) {
      forget(key);
      if (!present.contains(key)) {
        services.remove(key);
      }
    }
    for (TableSnapshot.Service service : part.services().reversed()) {
      service.servers().forEach(server -> release(server.number()));
      if (services.replace(service.spec().key(), service) == null) {
        services.putFirst(service.spec().key(), service);
      }
    }
    part.trash().forEach(this::add);
    departed = part.departed();
    zeroed = part.zeroed();
  }

  private void add(TableSnapshot.DeletedServer server) {
    release(server.server().number());
    ServiceKey key = server.service().key();
    trash.computeIfAbsent(key, _ -> new ArrayList<>()).add(server);
    trashed.put(server.server().number(), key);
  }

  private void forget(ServiceKey key) {
    List<TableSnapshot.DeletedServer> servers = trash.remove(key);
    if (servers != null) {
      servers.forEach(server -> trashed.remove(server.server().number()));
    }
  }

  /** A number that is given to a server was taken back from the deleted one that had it. */
  private void release(int number) {
    ServiceKey key = trashed.remove(number);
    if (key != null) {
      trash.getOrDefault(key, List.of()).removeIf(server -> server.server().number() == number);
    }
  }

  public TableSnapshot build() {
    List<TableSnapshot.DeletedServer> deleted = new ArrayList<>();
    trash.values().forEach(deleted::addAll);
    return new TableSnapshot(List.copyOf(services.values()), deleted, departed, zeroed);
  }
}
