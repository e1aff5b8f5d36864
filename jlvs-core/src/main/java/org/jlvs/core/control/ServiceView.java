package org.jlvs.core.control;

import java.util.List;

/**
 * A virtual service as it is at one moment.
 *
 * @param servers in the kernel's order of listing (the order of its destination list)
 */
public record ServiceView(
    ServiceSpec spec,
    ServicePolicy policy,
    List<ServerView> servers,
    Statistics statistics,
    Rates rates) {
  public ServiceView {
    servers = List.copyOf(servers);
  }
}
