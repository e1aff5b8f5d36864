package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.scheduler.Scheduler;

/**
 * A virtual service with its real servers and the state of its scheduler. Belongs to the engine
 * thread.
 */
public final class VirtualService {
  /** Part of its servers' key in the table of servers; no other service ever has the same. */
  final int serial;

  private ServiceSpec spec;
  private Scheduler scheduler;

  private ServicePolicy policy = ServicePolicy.NONE;

  /** In the order the kernel walks them: the last added first. */
  private final List<RealServer> servers = new ArrayList<>();

  private final List<RealServer> readOnlyServers = Collections.unmodifiableList(servers);

  /**
   * What the engine itself forwarded for any server of this service: it adds to these whenever it
   * adds to a server's. The program's own counts are added when statistics are read.
   */
  public final Counters counters = new Counters();

  /** What the program counted for servers that are gone or have moved to another service. */
  Statistics programOfDeparted = Statistics.ZERO;

  /** Its servers that are in the trash. */
  final Set<RealServer> trashed = new LinkedHashSet<>();

  /** Still in the table; a deleted service lives on while servers in the trash belong to it. */
  boolean listed = true;

  /** All counts together that are shown as zero. */
  Statistics zeroed = Statistics.ZERO;

  final RateEstimator estimator = new RateEstimator(Statistics.ZERO);

  VirtualService(int serial, ServiceSpec spec, Scheduler scheduler) {
    this.serial = serial;
    this.spec = spec;
    this.scheduler = scheduler;
    scheduler.attached(this);
  }

  public ServiceKey key() {
    return spec.key();
  }

  public ServiceSpec spec() {
    return spec;
  }

  /** What holds for its servers in the place of settings. */
  public ServicePolicy policy() {
    return policy;
  }

  void policy(ServicePolicy changed) {
    policy = changed;
  }

  public Scheduler scheduler() {
    return scheduler;
  }

  /** The servers in the order the kernel walks them; a view, not a copy. */
  public List<RealServer> servers() {
    return readOnlyServers;
  }

  void add(RealServer server) {
    servers.addFirst(server);
    scheduler.serverAdded(this, server);
  }

  void remove(RealServer server) {
    servers.remove(server);
    scheduler.serverRemoved(this, server);
  }

  void update(RealServer server, ServerSpec changed) {
    server.update(changed);
    scheduler.serverUpdated(this, server);
  }

  /** Empties the list and leaves the scheduler alone, which goes with the service. */
  List<RealServer> removeAll() {
    List<RealServer> all = List.copyOf(servers);
    servers.clear();
    return all;
  }

  /** Keeps the scheduler and its rotation. */
  void change(ServiceSpec changed) {
    spec = changed;
  }

  void change(ServiceSpec changed, Scheduler newScheduler) {
    scheduler.detached(this);
    spec = changed;
    scheduler = newScheduler;
    scheduler.attached(this);
  }

  /** Sets what was counted so far; to be called once its servers are back. */
  void restore(Statistics counted, Statistics shownAsZero) {
    counters.add(counted);
    zeroed = shownAsZero;
    estimator.zero(counted);
  }
}
