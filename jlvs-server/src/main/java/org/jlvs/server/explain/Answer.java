package org.jlvs.server.explain;

import java.util.Optional;
import org.jlvs.core.control.Explanation;

/**
 * The engine's explanation with what the host knows of its interfaces and next hops.
 *
 * @param comesBy the interface the packet comes in by, when it is known
 * @param hop the next hop of the way, when there is one
 */
record Answer(Explanation explanation, Optional<Interface> comesBy, Optional<NextHop> hop) {

  /**
   * An interface.
   *
   * @param mode how the kernel program is attached to it; empty when it is not, so that the
   *     director sees none of its packets
   */
  record Interface(String name, Optional<String> mode) {}

  /**
   * A next hop.
   *
   * @param mac its Ethernet address; empty while that is not resolved
   */
  record NextHop(String address, String interfaceName, Optional<String> mac, int mtu) {}
}
