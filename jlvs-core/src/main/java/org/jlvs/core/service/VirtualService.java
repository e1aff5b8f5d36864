package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.scheduler.Scheduler;

/**
 * A virtual service with its real servers and the state of its scheduler. Belongs to the engine
 * thread.
 */
public final class VirtualService {
  private ServiceSpec spec;
  private Scheduler scheduler;

  /** In the order the kernel walks them: the last added first. */
  private final List<RealServer> servers = new ArrayList<>();

  private final List<RealServer> readOnlyServers = Collections.unmodifiableList(servers);

  /**
   * What the engine itself forwarded for servers since deleted, and connections of this service.
   */
  public final Counters counters = new Counters();

  public VirtualService(ServiceSpec spec, Scheduler scheduler) {
    this.spec = spec;
    this.scheduler = scheduler;
  }

  public ServiceKey key() {
    return spec.key();
  }

  public ServiceSpec spec() {
    return spec;
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
  }

  void remove(RealServer server) {
    servers.remove(server);
  }

  void change(ServiceSpec changed, Scheduler newScheduler) {
    spec = changed;
    scheduler = newScheduler;
  }
}
