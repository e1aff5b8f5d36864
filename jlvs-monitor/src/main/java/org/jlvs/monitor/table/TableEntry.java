package org.jlvs.monitor.table;

import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;

/** A service of the table with its servers, as they are at one moment. */
public record TableEntry(ServiceSpec spec, ServicePolicy policy, List<ServerSpec> servers) {
  public TableEntry {
    servers = List.copyOf(servers);
  }

  public Optional<ServerSpec> server(ServerKey key) {
    return servers.stream().filter(server -> server.key().equals(key)).findFirst();
  }
}
