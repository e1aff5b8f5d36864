package org.jlvs.core.service;

import java.util.List;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Statistics;

/**
 * A service table as values, from which a restarted director makes the same again: with the server
 * numbers that the connections it adopts refer to, and with its statistics.
 *
 * @param services in order of listing
 * @param trash deleted servers that connections may still refer to
 * @param departed all that was counted for services that are gone
 * @param zeroed the part of the totals that is shown as zero
 */
public record TableSnapshot(
    List<Service> services, List<DeletedServer> trash, Statistics departed, Statistics zeroed) {
  public TableSnapshot {
    services = List.copyOf(services);
    trash = List.copyOf(trash);
  }

  /**
   * A service.
   *
   * @param servers in the order the kernel walks them
   * @param counted all that was ever counted for it
   * @param zeroed the part of {@code counted} that is shown as zero
   * @param rotation where its scheduler stands, in that scheduler's terms
   */
  public record Service(
      ServiceSpec spec,
      List<Server> servers,
      Statistics counted,
      Statistics zeroed,
      List<Integer> rotation) {
    public Service {
      servers = List.copyOf(servers);
      rotation = List.copyOf(rotation);
    }
  }

  /**
   * A real server.
   *
   * @param lastWeight the last weight that was not 0
   * @param failed whether the health monitor found it dead
   * @param takenOut whether its clients are to leave it
   * @param counted all that was ever counted for it
   * @param program what the program had counted under its number by then
   * @param zeroed the part of {@code counted} that is shown as zero
   */
  public record Server(
      int number,
      ServerSpec spec,
      int lastWeight,
      boolean failed,
      boolean takenOut,
      Statistics counted,
      Statistics program,
      Statistics zeroed) {}

  /**
   * A server in the trash.
   *
   * @param service what it was a server of
   * @param serviceListed whether that very service is still in the table
   */
  public record DeletedServer(ServiceSpec service, boolean serviceListed, Server server) {}

  /**
   * All of a table that services of some keys have to do with, from which {@link SnapshotBuilder}
   * brings an older snapshot up to date.
   *
   * @param keys whose services, deleted ones too
   * @param services those of them that are in the table, in order of listing
   * @param trash their deleted servers
   * @param departed as in a whole snapshot
   * @param zeroed as in a whole snapshot
   */
  public record Part(
      List<ServiceKey> keys,
      List<Service> services,
      List<DeletedServer> trash,
      Statistics departed,
      Statistics zeroed) {
    public Part {
      keys = List.copyOf(keys);
      services = List.copyOf(services);
      trash = List.copyOf(trash);
    }
  }
}
