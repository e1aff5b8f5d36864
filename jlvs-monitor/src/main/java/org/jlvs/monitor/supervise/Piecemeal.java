package org.jlvs.monitor.supervise;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.control.ServerKey;
import org.jlvs.monitor.table.RefusedException;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableException;

/**
 * Makes those changes of one service that the director does not refuse, in their order. By halves,
 * so that one refused server of a thousand costs twenty attempts. For one thread.
 */
final class Piecemeal {
  private final ServerTable table;
  private final Map<ServerKey, String> refusedServers = new LinkedHashMap<>();
  private Optional<String> refusedForService = Optional.empty();

  Piecemeal(ServerTable table) {
    this.table = table;
  }

  /**
   * Servers of which a change was refused, so that those behind it were not asked for, with the
   * director's reasons.
   */
  Map<ServerKey, String> refusedServers() {
    return refusedServers;
  }

  /** The director's reason against a change of the service itself. */
  Optional<String> refusedForService() {
    return refusedForService;
  }

  /**
   * @throws RefusedException if the service itself cannot be added, so that nothing else can
   * @throws TableException if the director is out of reach
   */
  void make(List<TableChange> changes) throws TableException {
    List<TableChange> wanted =
        changes.stream()
            .filter(change -> server(change).filter(refusedServers::containsKey).isEmpty())
            .toList();
    if (wanted.isEmpty()) {
      return;
    }
    try {
      table.apply(wanted);
    } catch (RefusedException refused) {
      if (wanted.size() == 1) {
        leaveOut(wanted.getFirst(), refused);
      } else {
        int half = wanted.size() / 2;
        make(wanted.subList(0, half));
        make(wanted.subList(half, wanted.size()));
      }
    }
  }

  private void leaveOut(TableChange change, RefusedException refused) throws RefusedException {
    Optional<ServerKey> server = server(change);
    if (server.isPresent()) {
      refusedServers.put(server.get(), String.valueOf(refused.getMessage()));
    } else if (change instanceof TableChange.AddService) {
      throw refused;
    } else {
      refusedForService = Optional.of(String.valueOf(refused.getMessage()));
    }
  }

  private static Optional<ServerKey> server(TableChange change) {
    return switch (change) {
      case TableChange.AddServer add -> Optional.of(add.spec().key());
      case TableChange.EditServer edit -> Optional.of(edit.spec().key());
      case TableChange.DeleteServer delete -> Optional.of(delete.server());
      case TableChange.ServerFailed failed -> Optional.of(failed.server());
      case TableChange.AddService _,
          TableChange.EditService _,
          TableChange.DeleteService _,
          TableChange.SetPolicy _ ->
          Optional.empty();
    };
  }
}
