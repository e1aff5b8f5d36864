package org.jlvs.core.mark;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * What rules ask of the host besides the packet. Called by the engine thread for single packets:
 * answers come from memory, without allocation.
 */
public interface HostFacts {
  /** A host of which nothing is known: no interface, no address, no set. */
  HostFacts NONE =
      new HostFacts() {
        @Override
        public @Nullable String interfaceName(int index) {
          return null;
        }

        @Override
        public boolean isLocal(Family family, long high, long low) {
          return false;
        }

        @Override
        public @Nullable IpSet ipSet(String name) {
          return null;
        }
      };

  /** The name of an interface; null when there is none of that index. */
  @Nullable String interfaceName(int index);

  /** Whether an address, in the halves of {@link org.jlvs.core.net.Address}, is the host's own. */
  boolean isLocal(Family family, long high, long low);

  /** Whether an address of IPv4 is the broadcast address of one of the host's networks. */
  default boolean isBroadcast(long low) {
    return false;
  }

  /**
   * A set of {@code ipset} as it is now; null when there is none of that name, or the host's sets
   * can't be read.
   */
  @Nullable IpSet ipSet(String name);

  /** Why {@link #ipSet} gave null for a name. */
  default String whyNoIpSet(String name) {
    return "the set " + name + " does not exist";
  }

  /** A set of {@code ipset}. Immutable. */
  interface IpSet {
    /** More addresses than these are not told one by one. */
    int MOST_ADDRESSES = 256;

    /**
     * Whether the set holds the packet.
     *
     * @param sides which end of the packet each dimension of the set's entries is taken from, in
     *     the set's order: {@link Side#SOURCE} or {@link Side#DESTINATION}
     * @param noMatch whether entries that are marked {@code nomatch} are asked for, instead of the
     *     others ({@code --return-nomatch})
     */
    boolean contains(Evaluation packet, List<Side> sides, boolean noMatch);

    /** Why the set can't be asked; empty when it can. */
    Optional<String> unreadable();

    /** The destinations of all packets that the set may hold; empty when they are many or any. */
    default Optional<Set<Address>> fewDestinations(List<Side> sides) {
      return Optional.empty();
    }

    /** As {@link #fewDestinations}, for destination ports. */
    default Optional<Set<Integer>> fewDestinationPorts(List<Side> sides) {
      return Optional.empty();
    }
  }
}
