package org.jlvs.core.service;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;

/**
 * Whether a table would take a row of calls, found out without changing it: each call is refused as
 * the table itself would refuse it after those before it. For the engine thread, and good as long
 * as the table stays as it is.
 */
public final class TableTrial {
  private record Place(ServiceKey service, ServerKey server) {}

  private final ServiceTable table;

  /** Services that were added, changed or, if empty, deleted. */
  private final Map<ServiceKey, Optional<ServiceSpec>> services = new HashMap<>();

  /** Whether servers that were added or deleted are there. */
  private final Map<Place, Boolean> servers = new HashMap<>();

  /** Services whose servers in the table are gone. */
  private final Set<ServiceKey> emptied = new HashSet<>();

  private boolean flushed;

  /** For so many more servers. A server deleted meanwhile makes no room: it may be referred to. */
  private int room;

  public TableTrial(ServiceTable table) {
    this.table = table;
    this.room = table.roomForServers();
  }

  private Optional<ServiceSpec> find(ServiceKey key) {
    Optional<ServiceSpec> changed = services.get(key);
    if (changed != null) {
      return changed;
    }
    return flushed
        ? Optional.empty()
        : Optional.ofNullable(table.find(key)).map(VirtualService::spec);
  }

  public boolean hasService(ServiceKey key) {
    return find(key).isPresent();
  }

  private ServiceSpec require(ServiceKey key) throws DirectorException {
    Optional<ServiceSpec> spec = find(key);
    if (spec.isEmpty()) {
      throw ServiceTable.noService(key);
    }
    return spec.get();
  }

  private boolean has(Place place) {
    Boolean changed = servers.get(place);
    if (changed != null) {
      return changed;
    }
    return !flushed
        && !emptied.contains(place.service())
        && table.find(place.service(), place.server()) != null;
  }

  /** As {@link ServiceTable#addService}. */
  public void addService(ServiceSpec spec) throws DirectorException {
    if (find(spec.key()).isPresent()) {
      throw ServiceTable.serviceExists(spec.key());
    }
    ServiceRules.check(spec);
    services.put(spec.key(), Optional.of(spec));
  }

  /** As {@link ServiceTable#editService}. */
  public void editService(ServiceSpec spec) throws DirectorException {
    ServiceSpec _ = require(spec.key());
    ServiceRules.check(spec);
    services.put(spec.key(), Optional.of(spec));
  }

  /** As {@link ServiceTable#servicePolicy}. */
  public void servicePolicy(ServiceKey key, ServicePolicy policy) throws DirectorException {
    ServiceSpec _ = require(key);
    policy.check();
  }

  /** As {@link ServiceTable#deleteService}. */
  public void deleteService(ServiceKey key) throws DirectorException {
    ServiceSpec _ = require(key);
    delete(key);
  }

  private void delete(ServiceKey key) {
    emptied.add(key);
    servers.keySet().removeIf(place -> place.service().equals(key));
    services.put(key, Optional.empty());
  }

  /** As {@link ServiceTable#flush}. */
  public void flush() {
    services.clear();
    servers.clear();
    flushed = true;
  }

  /** As {@link ServiceTable#addServer}. */
  public void addServer(ServiceKey serviceKey, ServerSpec spec) throws DirectorException {
    ServiceSpec service = require(serviceKey);
    ServiceRules.check(service, spec);
    Place place = new Place(serviceKey, spec.key());
    if (has(place)) {
      throw ServiceTable.serverExists(serviceKey, spec.key());
    }
    boolean inTable = table.find(serviceKey, spec.key()) != null;
    if (!inTable && !table.isInTrash(serviceKey, spec.key())) {
      ServiceRules.checkUnicast(service, spec, table.unusable());
    }
    if (!inTable && room-- <= 0) {
      throw table.noRoom(service.key(), spec.key());
    }
    servers.put(place, true);
  }

  /** As {@link ServiceTable#editServer}. */
  public void editServer(ServiceKey serviceKey, ServerSpec spec) throws DirectorException {
    ServiceSpec service = require(serviceKey);
    ServiceRules.check(service, spec);
    requireServer(serviceKey, spec.key());
  }

  /** Refuses what is no server of a service. */
  public void requireServer(ServiceKey service, ServerKey server) throws DirectorException {
    if (!has(new Place(service, server))) {
      throw ServiceTable.noServer(service, server);
    }
  }

  /** As {@link ServiceTable#deleteServer}. */
  public void deleteServer(ServiceKey service, ServerKey key) throws DirectorException {
    ServiceSpec _ = require(service);
    requireServer(service, key);
    servers.put(new Place(service, key), false);
  }

  /** As {@link ServiceTable#zero}. */
  public void zero(ServiceKey key) throws DirectorException {
    ServiceSpec _ = require(key);
  }
}
