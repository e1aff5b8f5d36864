package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** {@code dh}: by a hash of the destination address, one server after the other (ip_vs_dh). */
final class DestinationHash implements Scheduler {
  static final String NAME = "dh";
  private static final int BITS = 8;

  private final @Nullable RealServer[] buckets = new @Nullable RealServer[1 << BITS];

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    int folded = AddressFold.of(flow.family, flow.destinationHigh, flow.destinationLow);
    RealServer server = buckets[AddressFold.hash(folded, BITS)];
    return server != null && Load.takesConnections(server) ? server : null;
  }

  @Override
  public void attached(VirtualService service) {
    assign(service);
  }

  @Override
  public void serverAdded(VirtualService service, RealServer server) {
    assign(service);
  }

  @Override
  public void serverRemoved(VirtualService service, RealServer server) {
    assign(service);
  }

  private void assign(VirtualService service) {
    List<RealServer> servers = service.servers();
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = servers.isEmpty() ? null : servers.get(i % servers.size());
    }
  }
}
