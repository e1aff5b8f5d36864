package org.jlvs.core.scheduler;

import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code none}: the service takes no new connections. */
final class NoScheduler implements Scheduler {
  static final String NAME = "none";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    return null;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    return Look.of(
        service,
        null,
        "the scheduler none takes no new connections",
        Look.NO_FIGURE,
        server -> "takes no new connections");
  }
}
