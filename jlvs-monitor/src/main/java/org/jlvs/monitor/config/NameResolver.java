package org.jlvs.monitor.config;

import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/** Turns the names in a configuration file into numbers, as the host it runs on does. */
public interface NameResolver {

  /** The first address of {@code host} in {@code family}; textual addresses need no look-up. */
  Optional<Address> address(String host, Family family);

  /**
   * The port of a service.
   *
   * @param protocol {@code tcp} or {@code udp}
   */
  Optional<Integer> port(String service, String protocol);
}
