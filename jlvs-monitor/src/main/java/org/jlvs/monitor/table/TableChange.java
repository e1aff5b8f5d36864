package org.jlvs.monitor.table;

import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;

/** One change that the monitor makes to the service table. */
public sealed interface TableChange {

  /** The service it is about. */
  ServiceKey service();

  record AddService(ServiceSpec spec) implements TableChange {
    @Override
    public ServiceKey service() {
      return spec.key();
    }
  }

  record EditService(ServiceSpec spec) implements TableChange {
    @Override
    public ServiceKey service() {
      return spec.key();
    }
  }

  /** Takes a service out with all its servers. */
  record DeleteService(ServiceKey service) implements TableChange {}

  /** Says what holds for the service's servers in the place of the director's settings. */
  record SetPolicy(ServiceKey service, ServicePolicy policy) implements TableChange {}

  record AddServer(ServiceKey service, ServerSpec spec) implements TableChange {}

  record EditServer(ServiceKey service, ServerSpec spec) implements TableChange {}

  record DeleteServer(ServiceKey service, ServerKey server) implements TableChange {}

  /** A server that stays with weight 0 has got it because it is dead, not for maintenance. */
  record ServerFailed(ServiceKey service, ServerKey server) implements TableChange {}
}
