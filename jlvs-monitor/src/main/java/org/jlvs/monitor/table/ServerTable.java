package org.jlvs.monitor.table;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServiceKey;

/**
 * The service table as the monitor needs it. Called by one thread at a time. It may hold services
 * that are not the monitor's; those are never touched.
 */
public interface ServerTable {

  /** All services, the monitor's or not. */
  List<TableEntry> services() throws TableException;

  /** Those of these services that it holds, in any order. */
  List<TableEntry> services(Collection<ServiceKey> keys) throws TableException;

  /** One service, if it holds it. */
  default Optional<TableEntry> service(ServiceKey key) throws TableException {
    return services(List.of(key)).stream().findFirst();
  }

  /**
   * How TCP handshakes have gone with servers that have had any, of all services; none where no
   * packets go by the table.
   */
  default List<ServerHandshakes> handshakes() throws TableException {
    return List.of();
  }

  /**
   * Makes changes in their order; packets see all of them or none. When one is refused, none is
   * made, and the message says which one it was.
   *
   * @throws RefusedException if the director refuses one
   * @throws TableException if the director cannot be asked
   */
  void apply(List<TableChange> changes) throws TableException;
}
