package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.monitor.table.RefusedException;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/** The core's own service table, which refuses what a director refuses; it can be out of reach. */
public final class CoreTable implements ServerTable {
  public final ServiceTable services =
      new ServiceTable(100_000, new Random(1), ProgramCounters.NONE);
  public boolean outOfReach;

  /** A service of which it refuses every change. */
  public Optional<ServiceKey> refused = Optional.empty();

  /** A server that it will not have. */
  public Optional<ServerKey> refusedServer = Optional.empty();

  /** How many times it was to be changed. */
  public int attempts;

  /** How many times it was changed. */
  public int batches;

  /** What it tells of handshakes. */
  public final List<ServerHandshakes> handshakes = new ArrayList<>();

  /** All changes made so far. */
  public final List<TableChange> history = new ArrayList<>();

  @Override
  public synchronized List<TableEntry> services() throws TableException {
    reach();
    return services.services().stream().map(CoreTable::entry).toList();
  }

  @Override
  public synchronized List<TableEntry> services(Collection<ServiceKey> keys) throws TableException {
    reach();
    return keys.stream()
        .flatMap(key -> services.service(key).stream())
        .map(CoreTable::entry)
        .toList();
  }

  @Override
  public synchronized List<ServerHandshakes> handshakes() throws TableException {
    reach();
    return List.copyOf(handshakes);
  }

  @Override
  public synchronized void apply(List<TableChange> changes) throws TableException {
    reach();
    attempts++;
    if (changes.stream().anyMatch(this::refuses)) {
      throw new RefusedException("refused", new IllegalArgumentException());
    }
    batches++;
    try {
      for (TableChange change : changes) {
        make(change);
        history.add(change);
      }
    } catch (DirectorException refused) {
      throw new RefusedException(refused.getMessage(), refused);
    }
  }

  private boolean refuses(TableChange change) {
    return refused.equals(Optional.of(change.service()))
        || (change instanceof TableChange.AddServer add
            && refusedServer.equals(Optional.of(add.spec().key())));
  }

  public void make(TableChange change) throws DirectorException {
    switch (change) {
      case TableChange.AddService add -> services.addService(add.spec());
      case TableChange.EditService edit -> services.editService(edit.spec());
      case TableChange.DeleteService delete -> services.deleteService(delete.service());
      case TableChange.SetPolicy set -> services.servicePolicy(set.service(), set.policy());
      case TableChange.AddServer add -> services.addServer(add.service(), add.spec());
      case TableChange.EditServer edit -> services.editServer(edit.service(), edit.spec());
      case TableChange.DeleteServer delete ->
          services.deleteServer(delete.service(), delete.server());
      case TableChange.ServerFailed failed ->
          assertThat(services.find(failed.service(), failed.server())).isNotNull();
    }
  }

  /** Each service and its servers as {@code ADDRESS:PORT=WEIGHT}, in order of their addresses. */
  public synchronized String text() {
    StringBuilder text = new StringBuilder();
    for (ServiceView view : services.services()) {
      String name =
          switch (view.spec().key()) {
            case ServiceKey.Mark mark -> "mark " + mark.mark();
            case ServiceKey.Endpoint endpoint -> endpoint.address() + ":" + endpoint.port();
          };
      text.append(text.isEmpty() ? "" : "; ")
          .append(name)
          .append(" ")
          .append(view.spec().scheduler());
      view.servers().stream()
          .map(ServerView::spec)
          .map(CoreTable::text)
          .sorted()
          .forEach(server -> text.append(' ').append(server));
    }
    return text.toString();
  }

  private static String text(ServerSpec spec) {
    return spec.key().address() + ":" + spec.key().port() + "=" + spec.weight();
  }

  private void reach() throws TableException {
    if (outOfReach) {
      throw new TableException("the director is not running; start it");
    }
  }

  private static TableEntry entry(ServiceView view) {
    return new TableEntry(
        view.spec(), view.policy(), view.servers().stream().map(ServerView::spec).toList());
  }
}
