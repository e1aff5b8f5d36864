package org.jlvs.monitor.config;

import java.util.Optional;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;

/**
 * A {@code real=} line, or one server of its range.
 *
 * @param name as the line gives it, empty where it gives an address or a range
 * @param port as written, 0 when the line has none
 * @param weight 0 or more
 * @param request this server's own, in place of its virtual server's
 * @param receive this server's own, in place of its virtual server's
 * @param lowerThreshold connections, 0 for none
 * @param upperThreshold connections, 0 for none
 */
public record RealServer(
    Address address,
    Optional<String> name,
    int port,
    ForwardingMethod forwarding,
    int weight,
    Optional<String> request,
    Optional<PerlRegexp> receive,
    int lowerThreshold,
    int upperThreshold) {

  /**
   * The server as the table of {@code service} holds it. Where packets arrive unchanged, by direct
   * routing or in a tunnel, the server's port is the service's whatever the line says, as ipvsadm
   * does it.
   */
  public ServerSpec spec(ServiceKey service) {
    return new ServerSpec(
        key(service), forwarding, weight, upperThreshold, lowerThreshold, Tunnel.IPIP);
  }

  /** Its key in the table of {@code service}. */
  public ServerKey key(ServiceKey service) {
    return keyIn(service, address, port, forwarding);
  }

  static ServerKey keyIn(
      ServiceKey service, Address address, int port, ForwardingMethod forwarding) {
    return switch (service) {
      case ServiceKey.Mark _ -> new ServerKey(address, port);
      case ServiceKey.Endpoint endpoint ->
          new ServerKey(
              address, forwarding == ForwardingMethod.MASQUERADE ? port : endpoint.port());
    };
  }
}
