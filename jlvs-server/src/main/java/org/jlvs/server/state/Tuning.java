package org.jlvs.server.state;

import java.util.List;
import java.util.Map;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;

/**
 * What operators have told a director besides its services. It is little, so it is always written
 * as a whole.
 *
 * @param settings by their names in {@link org.jlvs.core.control.Director#settings}
 * @param daemons in the order they are listed
 */
public record Tuning(Timeouts timeouts, Map<String, String> settings, List<SyncDaemon> daemons) {
  public Tuning {
    settings = Map.copyOf(settings);
    daemons = List.copyOf(daemons);
  }

  /** That of a director, as it is now. */
  public static Tuning of(Director director) {
    return new Tuning(director.timeouts(), director.settings(), director.daemons());
  }
}
