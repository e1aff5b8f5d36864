package org.jlvs.monitor.config;

import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;

/**
 * The server that stands in when all real servers are down.
 *
 * @param port 0 for that of the virtual server
 */
public record Fallback(Address address, int port, ForwardingMethod forwarding) {

  /** The fallback as the table of {@code service} holds it, with weight 1. */
  public ServerSpec spec(ServiceKey service) {
    int ownPort =
        port == 0 && service instanceof ServiceKey.Endpoint endpoint ? endpoint.port() : port;
    return new ServerSpec(
        RealServer.keyIn(service, address, ownPort, forwarding), forwarding, 1, 0, 0, Tunnel.IPIP);
  }
}
