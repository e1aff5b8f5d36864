package org.jlvs.core.engine;

import java.util.Optional;
import org.jlvs.core.net.Address;

/**
 * Packets that the kernel program has to send up when it knows no connection for them.
 *
 * @param destination the packets' destination; empty: any address of either family
 * @param protocol IP protocol number, 0: any
 * @param port destination port, 0: any
 */
public record Interest(Optional<Address> destination, int protocol, int port) {
  /** Every packet. */
  public static final Interest EVERYTHING = new Interest(Optional.empty(), 0, 0);

  /** Whether all packets of {@code other} are packets of this interest too. */
  public boolean includes(Interest other) {
    return (destination.isEmpty() || destination.equals(other.destination))
        && (protocol == 0 || protocol == other.protocol)
        && (port == 0 || port == other.port);
  }
}
