package org.jlvs.server.state;

import java.util.Map;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.service.TableSnapshot;

/**
 * All that operators have told a director.
 *
 * @param settings of {@code net.ipv4.vs}, by their last names
 */
public record DirectorState(TableSnapshot table, Timeouts timeouts, Map<String, Integer> settings) {
  public DirectorState {
    settings = Map.copyOf(settings);
  }
}
