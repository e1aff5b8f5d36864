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
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    int bucket = bucket(flow);
    RealServer server = buckets[bucket];
    if (server != null && server.heldBack()) {
      return inTheNextBuckets(bucket);
    }
    return server != null && Load.takesConnections(server) ? server : null;
  }

  private static int bucket(Flow flow) {
    return AddressFold.hash(fold(flow), BITS);
  }

  private static int fold(Flow flow) {
    return AddressFold.of(flow.family, flow.hashedHigh(), flow.hashedLow());
  }

  /** For clients of a server that is left out while it starts slowly. */
  private @Nullable RealServer inTheNextBuckets(int bucket) {
    for (int offset = 1; offset < buckets.length; offset++) {
      RealServer server = buckets[(bucket + offset) % buckets.length];
      if (server != null && Load.takesConnections(server)) {
        return server;
      }
    }
    return null;
  }

  @Override
  public long affinity(VirtualService service, Flow flow) {
    return Integer.toUnsignedLong(fold(flow));
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    return Buckets.look(
        service,
        peek(service, flow),
        buckets,
        bucket(flow),
        "destination " + flow.destination(),
        "dh does not look for another server");
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
