package org.jlvs.core.engine;

import java.util.List;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Family;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;

/**
 * Servers and services come and go: what that means for connections, as ip_vs_ctl.c has it, and for
 * failover, slow start and draining where they are asked for. For the engine thread.
 */
final class Transitions {
  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final ConnectionLife life;
  private final Settings settings;
  private final Interests interests;
  private final Failover failover;
  private final SlowStart slowStart;
  private final Draining draining;
  private ChangeListener listener = ChangeListener.NONE;
  private long now;

  Transitions(
      ServiceTable services,
      ConnectionTable connections,
      ConnectionLife life,
      Interests interests,
      Failover failover,
      SlowStart slowStart,
      long nowNanos) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.life = life;
    this.settings = services.settings();
    this.interests = interests;
    this.failover = failover;
    this.slowStart = slowStart;
    this.draining = new Draining(services, settings, this::leave);
    this.now = nowNanos;
  }

  /** Replaces the listener; only the last one is told. */
  void listener(ChangeListener listener) {
    this.listener = listener;
  }

  Draining draining() {
    return draining;
  }

  /** Lets time pass. */
  void advance(long nowNanos) {
    now = nowNanos;
    slowStart.advance(nowNanos);
    draining.advance(nowNanos);
  }

  void settingsChanged() {
    draining.settingsChanged(now);
  }

  void addService(ServiceSpec spec) throws DirectorException {
    services.addService(spec);
    VirtualService service = services.find(spec.key());
    if (service != null) {
      slowStart.made(service, now);
    }
    listener.serviceChanged(spec.key());
    interests.changed();
  }

  void deleteService(ServiceKey key) throws DirectorException {
    VirtualService service = services.find(key);
    List<RealServer> servers = service == null ? List.of() : List.copyOf(service.servers());
    services.deleteService(key);
    listener.serviceDeleted(key);
    deletedWithServices(servers);
  }

  void flush() {
    List<RealServer> servers =
        services.listed().stream().flatMap(service -> service.servers().stream()).toList();
    services.flush();
    listener.allServicesChanged();
    deletedWithServices(servers);
  }

  /**
   * Services are gone with their servers. Connections are left as kernel IPVS leaves them: nobody
   * takes over from a server whose service is gone.
   */
  private void deletedWithServices(List<RealServer> servers) {
    for (RealServer server : servers) {
      slowStart.leave(server);
      draining.changed(server, now);
      connections.stopFastPathOfServer(server.number());
    }
    if (!servers.isEmpty()) {
      expireWithoutServer();
    }
    if (!services.hasServices(Family.IPV4)) {
      connections.stopFastPathOfServer(0);
    }
    interests.changed();
  }

  void servicePolicy(ServiceKey key, ServicePolicy policy) throws DirectorException {
    services.servicePolicy(key, policy);
    VirtualService service = services.find(key);
    if (service != null) {
      service.servers().forEach(server -> draining.changed(server, now));
    }
  }

  void addServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    services.addServer(service, spec);
    RealServer server = services.find(service, spec.key());
    if (server != null) {
      slowStart.cameBack(server, now);
    }
    listener.serviceChanged(service);
    interests.changed();
  }

  void editServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    RealServer server = services.find(service, spec.key());
    int before = server == null ? 0 : server.weight();
    services.editServer(service, spec);
    if (server != null) {
      weightChanged(server, before);
    }
    listener.serviceChanged(service);
    interests.changed();
  }

  private void weightChanged(RealServer server, int before) {
    if (server.weight() == 0) {
      slowStart.leave(server);
      if (before > 0 && resetsClientsOfQuiesced(server)) {
        takeOut(server);
      }
    } else if (before == 0) {
      slowStart.cameBack(server, now);
    }
    draining.changed(server, now);
  }

  void deleteServer(ServiceKey service, ServerKey key) throws DirectorException {
    RealServer server = services.find(service, key);
    services.deleteServer(service, key);
    if (server != null) {
      slowStart.leave(server);
      draining.changed(server, now);
      if (resetsClients(server)) {
        takeOut(server);
      } else {
        connections.stopFastPathOfServer(server.number());
        expireWithoutServer();
      }
    }
    listener.serviceChanged(service);
    interests.changed();
  }

  private void leave(RealServer drained) {
    try {
      deleteServer(drained.service().key(), drained.key());
    } catch (DirectorException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The health monitor found a server dead. */
  void serverFailed(ServiceKey service, ServerKey key) throws DirectorException {
    RealServer server = services.find(service, key);
    if (server == null) {
      throw new DirectorException(
          Errno.ENOENT, "there is no server " + key + " of service " + service);
    }
    server.fail();
    draining.changed(server, now);
    if (resetsClients(server)) {
      takeOut(server);
    }
    listener.serviceChanged(service);
  }

  private boolean resetsClients(RealServer server) {
    ServicePolicy policy = server.service().policy();
    return policy.promptFailover().orElse(settings.promptFailover() > 0);
  }

  /** A service that decides for itself tells the dead from the quiesced. */
  private boolean resetsClientsOfQuiesced(RealServer server) {
    return server.service().policy().promptFailover().isEmpty()
        && settings.promptFailover() == Settings.FAILOVER_OF_QUIESCED_TOO;
  }

  private void takeOut(RealServer server) {
    server.takeOut();
    failover.begin(server);
  }

  /**
   * When a server has left its service, the connections of all that were ever deleted end, if they
   * are to end at all: ip_vs_expire_nodest_conn_flush. Templates end after those made by them.
   */
  private void expireWithoutServer() {
    if (!settings.expireNoDestination()) {
      return;
    }
    List<RealServer> deleted = services.deletedServers();
    deleted.forEach(server -> closeAllOf(server.number(), false));
    deleted.forEach(server -> closeAllOf(server.number(), true));
  }

  private void closeAllOf(int serverNumber, boolean templates) {
    int slot = connections.firstOfServer(serverNumber);
    while (slot != 0) {
      int next = connections.nextOfServer(slot);
      if (slots.isTemplate(slot) == templates && slots.controlled(slot) == 0) {
        life.close(slot, now);
      }
      slot = next;
    }
  }
}
