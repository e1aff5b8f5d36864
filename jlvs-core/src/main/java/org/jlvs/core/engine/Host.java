package org.jlvs.core.engine;

import java.util.OptionalInt;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * What the packet engine asks of the machine it runs on: routes and addresses. Answers come from
 * memory, at once; called by the engine thread.
 */
public interface Host {
  /** A host without addresses and routes, for a director that gets commands and no packets. */
  Host NOWHERE =
      new Host() {
        @Override
        public Route route(Address destination) {
          return new Route.Unreachable();
        }

        @Override
        public @Nullable Address sourceAddress(Address destination) {
          return null;
        }
      };

  /** The route of packets to {@code destination}; asks nothing of the network. */
  Route route(Address destination);

  /**
   * As {@link #route(Address)}, for the way of packets: a host that can answer without making an
   * {@link Address} should.
   *
   * @param high the address as in {@link Address}
   */
  default Route route(Family family, long high, long low) {
    return route(new Address(family, high, low));
  }

  /**
   * The address the host would send from, towards {@code destination}; null when it has none of
   * that family.
   */
  @Nullable Address sourceAddress(Address destination);

  /** Whether {@link #takesMarked} is true of any mark. */
  default boolean hasMarkedRoutes(Family family) {
    return false;
  }

  /**
   * Whether a routing rule for packets with this mark takes all of a family for the host itself, as
   * {@code ip rule add fwmark 1 lookup 100} and {@code ip route add local 0.0.0.0/0 dev lo table
   * 100} do: how a director comes to the packets of other hosts.
   */
  default boolean takesMarked(Family family, int mark) {
    return false;
  }

  /** Whether an address is one that reaches all hosts of a connected network. */
  default boolean isBroadcast(Address address) {
    return false;
  }

  /** The MTU of a network interface in bytes; empty when there is none of that name. */
  default OptionalInt mtu(String networkInterface) {
    return OptionalInt.empty();
  }

  /**
   * The time of day that IPv4 timestamps carry: milliseconds since midnight UTC, or any number with
   * the highest bit set when that is not known (RFC 791).
   */
  default int millisOfDay() {
    return 0x8000_0000;
  }

  /** Where a packet goes. */
  sealed interface Route {
    /** By a next hop. */
    record Via(Hop hop) implements Route {}

    /** The address is one of the host's own. */
    record Local() implements Route {}

    /** No route. */
    record Unreachable() implements Route {}
  }
}
