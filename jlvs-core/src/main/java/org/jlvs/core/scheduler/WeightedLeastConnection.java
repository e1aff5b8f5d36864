package org.jlvs.core.scheduler;

import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code wlc}: the server with the least connections for its weight (ip_vs_wlc). */
final class WeightedLeastConnection implements Scheduler {
  static final String NAME = "wlc";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    return Load.leastForItsWeight(service);
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer least = Load.leastForItsWeight(service);
    return Load.lookForItsWeight(
        service, least, least == null ? "" : Load.OVERHEAD_REASON, Load::overhead);
  }
}
