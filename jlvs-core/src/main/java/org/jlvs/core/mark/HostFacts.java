package org.jlvs.core.mark;

import java.util.List;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
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

  /** The contents of a set of {@code ipset}; null when it does not exist or can't be read. */
  @Nullable IpSet ipSet(String name);

  /** A set of {@code ipset}. */
  interface IpSet {
    /**
     * Whether the set holds the packet.
     *
     * @param sides which end of the packet each dimension of the set's entries is taken from, in
     *     the set's order: {@link Side#SOURCE} or {@link Side#DESTINATION}
     */
    boolean contains(Flow flow, List<Side> sides);
  }
}
