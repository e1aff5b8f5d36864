package org.jlvs.server.state;

import java.util.List;
import java.util.Map;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.service.TableSnapshot;

/**
 * All that operators have told a director.
 *
 * @param settings by their names in {@link org.jlvs.core.control.Director#settings}
 */
public record DirectorState(
    TableSnapshot table,
    Timeouts timeouts,
    Map<String, String> settings,
    List<SyncDaemon> daemons) {
  public DirectorState {
    settings = Map.copyOf(settings);
    daemons = List.copyOf(daemons);
  }
}
