package org.jlvs.core.control;

import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/**
 * What makes a virtual service one and no other: protocol, address and port, or a firewall mark.
 */
public sealed interface ServiceKey {

  /** The family of the service's clients. */
  Family family();

  /**
   * A service of an address and a port.
   *
   * @param port 0 for all ports (of a persistent service)
   */
  record Endpoint(Protocol protocol, Address address, int port) implements ServiceKey {
    @Override
    public Family family() {
      return address.family();
    }

    /** {@code TCP 10.0.0.100:80} or {@code UDP [2001:db8::1]:53}. */
    @Override
    public String toString() {
      return protocol + " " + new ServerKey(address, port);
    }
  }

  /**
   * A service of the packets that carry a firewall mark.
   *
   * @param mark the mark, unsigned, not 0
   */
  record Mark(int mark, Family family) implements ServiceKey {

    /** {@code FWM 10} or {@code FWM 10 IPv6}. */
    @Override
    public String toString() {
      return "FWM " + Integer.toUnsignedString(mark) + (family == Family.IPV6 ? " IPv6" : "");
    }
  }
}
