package org.jlvs.monitor.table;

import java.util.Collection;
import java.util.List;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;

/** The service table of a director that can be called directly. */
public final class DirectorServerTable implements ServerTable {
  private final Director director;

  /**
   * @param director may be called by the monitor's thread
   */
  public DirectorServerTable(Director director) {
    this.director = director;
  }

  @Override
  public List<TableEntry> services() {
    return director.services().stream().map(DirectorServerTable::entry).toList();
  }

  @Override
  public List<TableEntry> services(Collection<ServiceKey> keys) {
    return keys.stream()
        .flatMap(key -> director.service(key).stream())
        .map(DirectorServerTable::entry)
        .toList();
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    return director.handshakes();
  }

  @Override
  public void apply(List<TableChange> changes) throws TableException {
    int[] reached = new int[1];
    try {
      director.allOrNothing(
          batch -> {
            for (TableChange change : changes) {
              reached[0]++;
              apply(batch, change);
            }
          });
    } catch (DirectorException refused) {
      String which =
          changes.size() == 1
              ? ""
              : " (change %d of %d; none of them was made)".formatted(reached[0], changes.size());
      throw new RefusedException(refused.getMessage() + which, refused);
    }
  }

  private static void apply(Director director, TableChange change) throws DirectorException {
    switch (change) {
      case TableChange.AddService add -> director.addService(add.spec());
      case TableChange.EditService edit -> director.editService(edit.spec());
      case TableChange.DeleteService delete -> director.deleteService(delete.service());
      case TableChange.SetPolicy set -> director.servicePolicy(set.service(), set.policy());
      case TableChange.AddServer add -> director.addServer(add.service(), add.spec());
      case TableChange.EditServer edit -> director.editServer(edit.service(), edit.spec());
      case TableChange.DeleteServer delete ->
          director.deleteServer(delete.service(), delete.server());
      case TableChange.ServerFailed failed ->
          director.serverFailed(failed.service(), failed.server());
    }
  }

  private static TableEntry entry(ServiceView view) {
    return new TableEntry(
        view.spec(), view.policy(), view.servers().stream().map(ServerView::spec).toList());
  }
}
