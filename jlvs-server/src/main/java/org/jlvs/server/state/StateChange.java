package org.jlvs.server.state;

import java.util.List;
import java.util.Optional;
import org.jlvs.core.service.TableSnapshot;

/**
 * What has changed in a {@link DirectorState}, as it is now.
 *
 * @param parts of the service table, to be applied in this order
 * @param tuning empty when it is as before
 */
public record StateChange(List<TableSnapshot.Part> parts, Optional<Tuning> tuning) {
  public StateChange {
    parts = List.copyOf(parts);
  }
}
