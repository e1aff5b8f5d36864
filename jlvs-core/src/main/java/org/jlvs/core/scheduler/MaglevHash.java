package org.jlvs.core.scheduler;

import java.util.BitSet;
import java.util.List;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code mh}: Maglev hashing (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016) of the client's address, with its port if so told (ip_vs_mh). The table
 * follows the last weights that were not 0, so that quiescing a server moves nobody else's clients;
 * its own are turned away unless fallback is asked for.
 */
final class MaglevHash implements Scheduler {
  static final String NAME = "mh";

  /** The prime for the kernel's default table index of 12. */
  private static final int SIZE = 4093;

  /** A server takes its turns in a row at most so many (half the table index) bits' worth. */
  private static final int TURN_BITS = 6;

  private static final long KEY_1 = 2654435761L;
  private static final long KEY_2 = 2654446892L;

  /**
   * Not there between a change and the next connection: to fill it takes a tenth of a millisecond.
   */
  private @Nullable RealServer @Nullable [] table;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    int folded = Buckets.foldOfClient(service, flow);
    @Nullable RealServer[] lookup = table(service);
    int index = index(folded);
    RealServer server = lookup[index];
    if (server == null || Load.takesConnections(server)) {
      return server;
    }
    return Buckets.fallsBack(service, server) ? fallback(lookup, folded, index) : null;
  }

  @Override
  public long affinity(VirtualService service, Flow flow) {
    return Integer.toUnsignedLong(Buckets.foldOfClient(service, flow));
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    return Buckets.look(
        service,
        peek(service, flow),
        table(service),
        index(Buckets.foldOfClient(service, flow)),
        Buckets.client(service, flow),
        "mh does not look for another server without the flag mh-fallback");
  }

  private static int index(int folded) {
    return (int) (HalfSipHash.of(folded, KEY_1) % SIZE);
  }

  /** Hashes anew with all offsets round the table, as ip_vs_mh_get_fallback does. */
  private static @Nullable RealServer fallback(
      @Nullable RealServer[] lookup, int folded, int firstIndex) {
    for (int offset = 0; offset < SIZE; offset++) {
      RealServer server = lookup[index(folded + (offset + firstIndex) % SIZE)];
      if (server != null && Load.takesConnections(server)) {
        return server;
      }
    }
    return null;
  }

  @Override
  public void serverAdded(VirtualService service, RealServer server) {
    table = null;
  }

  @Override
  public void serverRemoved(VirtualService service, RealServer server) {
    table = null;
  }

  @Override
  public void serverUpdated(VirtualService service, RealServer server) {
    table = null;
  }

  private @Nullable RealServer[] table(VirtualService service) {
    @Nullable RealServer[] filled = table;
    if (filled == null) {
      filled = new @Nullable RealServer[SIZE];
      populate(filled, service);
      table = filled;
    }
    return filled;
  }

  private static void populate(@Nullable RealServer[] lookup, VirtualService service) {
    List<RealServer> servers = service.servers();
    int divisor = 0;
    int highest = 0;
    for (RealServer server : servers) {
      divisor = Weights.greatestCommonDivisor(divisor, server.lastWeight());
      highest = Math.max(highest, server.lastWeight());
    }
    if (divisor == 0) {
      return;
    }
    int bits = 32 - Integer.numberOfLeadingZeros(highest / divisor);
    int shift = Math.max(bits - TURN_BITS, 0);
    int[] place = new int[servers.size()];
    int[] skip = new int[servers.size()];
    int[] turns = new int[servers.size()];
    for (int i = 0; i < place.length; i++) {
      RealServer server = servers.get(i);
      int folded = fold(service.key().family(), server.key().address()) + server.key().port();
      place[i] = index(folded);
      skip[i] = (int) (HalfSipHash.of(folded, KEY_2) % (SIZE - 1)) + 1;
      int weight = server.lastWeight();
      turns[i] = weight == 0 ? 0 : Math.max(weight / divisor >> shift, 1);
    }
    BitSet taken = new BitSet(SIZE);
    int free = SIZE;
    for (int i = 0; ; i = i + 1 == place.length ? 0 : i + 1) {
      for (int turn = 0; turn < turns[i]; turn++) {
        while (taken.get(place[i])) {
          place[i] = (place[i] + skip[i]) % SIZE;
        }
        taken.set(place[i]);
        lookup[place[i]] = servers.get(i);
        if (--free == 0) {
          return;
        }
      }
    }
  }

  /** Folds an address as one of the service's family, whichever its own is. */
  private static int fold(Family family, Address address) {
    return family == Family.IPV4 && !address.isIpv4()
        ? (int) (address.high() >>> 32)
        : AddressFold.of(family, address.high(), address.low());
  }
}
