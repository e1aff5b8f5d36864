package org.jlvs.core.scheduler;

import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** What the hashing schedulers have in common. */
final class Buckets {
  private Buckets() {}

  /** The client's address as a number, with its port if the service's flags say so. */
  static int foldOfClient(VirtualService service, Flow flow) {
    int folded = AddressFold.of(flow.family, flow.sourceHigh, flow.sourceLow);
    return hashesPort(service) ? folded + flow.sourcePort : folded;
  }

  private static boolean hashesPort(VirtualService service) {
    return (service.spec().flags() & ServiceSpec.SCHEDULER_FLAG_2) != 0;
  }

  /**
   * Whether clients of a server that takes no connections go to another one: when that is asked
   * for, and always while it is left out for its slow start, which must turn nobody away.
   */
  static boolean fallsBack(VirtualService service, RealServer server) {
    return (service.spec().flags() & ServiceSpec.SCHEDULER_FLAG_1) != 0 || server.heldBack();
  }

  /** What of the client is hashed, in words. */
  static String client(VirtualService service, Flow flow) {
    return hashesPort(service)
        ? "client %s port %d".formatted(flow.source(), flow.sourcePort)
        : "client " + flow.source();
  }

  /**
   * A choice by a table of buckets.
   *
   * @param hashed what the bucket was computed from
   * @param noFallback why no other server is tried
   */
  static Choice look(
      VirtualService service,
      @Nullable RealServer chosen,
      @Nullable RealServer[] buckets,
      int bucket,
      String hashed,
      String noFallback) {
    RealServer owner = buckets[bucket];
    String place = "%s hashes to bucket %d of %d".formatted(hashed, bucket, buckets.length);
    String reason;
    if (owner == null) {
      reason = service.servers().isEmpty() ? "" : place + ", which no server has";
    } else if (chosen == owner) {
      reason = place + ", which is its own";
    } else {
      String ofOwner =
          "%s, that of %s (%s)".formatted(place, Look.name(owner), Look.unavailable(owner));
      reason =
          ofOwner
              + (chosen == null
                  ? "; " + fallbackFailed(service, owner, noFallback)
                  : "; it is the next one found");
    }
    return Look.of(
        service, chosen, reason, server -> share(buckets, server), server -> "has other buckets");
  }

  private static String fallbackFailed(
      VirtualService service, RealServer owner, String noFallback) {
    return fallsBack(service, owner) ? "no server takes connections" : noFallback;
  }

  private static String share(@Nullable RealServer[] buckets, RealServer server) {
    int own = 0;
    for (RealServer other : buckets) {
      if (other == server) {
        own++;
      }
    }
    return "%d of %d buckets".formatted(own, buckets.length);
  }
}
