package org.jlvs.ipvsadm;

import java.util.Optional;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** Endpoints and services in words, numeric or by name. */
final class Text {
  /** The original's buffer for an address with its port. */
  private static final int MAX_LENGTH = 59;

  private final boolean numeric;
  private final Names names;

  Text(boolean numeric, Names names) {
    this.numeric = numeric;
    this.names = names;
  }

  /**
   * {@code host:port}, with the host in brackets when it is an IPv6 one.
   *
   * @param protocol whose service names stand for ports; empty to keep numbers
   */
  String endpoint(Address address, int port, Optional<Protocol> protocol) {
    String host = address.toString();
    String service = Integer.toString(port);
    if (!numeric) {
      host = names.hostOf(address).orElse(host);
      if (protocol.isPresent() && port != 0) {
        service = names.serviceOf(port, protocol.get()).orElse(service);
      }
    }
    String text = address.isIpv4() ? host + ":" + service : "[" + host + "]:" + service;
    return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
  }

  /** {@code t}, {@code u} or {@code f} with its value, as the command line takes it. */
  String asOption(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Mark(int mark, Family family) ->
          "-f " + mark + (family == Family.IPV6 ? " -6" : "");
      case ServiceKey.Endpoint endpoint -> {
        String flag =
            switch (endpoint.protocol()) {
              case TCP -> "-t ";
              case UDP -> "-u ";
              case SCTP -> "--sctp-service ";
            };
        yield flag + endpoint(endpoint.address(), endpoint.port(), protocol(key));
      }
    };
  }

  /** The protocol whose names a service's ports have; none for a firewall mark. */
  static Optional<Protocol> protocol(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Mark _ -> Optional.empty();
      case ServiceKey.Endpoint endpoint -> Optional.of(endpoint.protocol());
    };
  }

  /**
   * A number of at most eight digits and a unit of thousands, millions and so on, as counters are
   * shown unless their exact values are asked for.
   */
  static String rounded(long count) {
    if (count < 0 || count >= 100_000_000_000_000L) {
      return Long.divideUnsigned(count, 1_000_000_000_000L) + "T";
    }
    if (count >= 100_000_000_000L) {
      return count / 1_000_000_000 + "G";
    }
    if (count >= 1_000_000_000) {
      return count / 1_000_000 + "M";
    }
    return count >= 100_000_000 ? count / 1000 + "K" : Long.toString(count);
  }
}
