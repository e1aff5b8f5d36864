package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;

/**
 * A {@code virtual=} section, with the global settings in it where it has none of its own.
 *
 * @param spec the service as the table holds it
 * @param weights how its servers' weights follow what they say of themselves
 * @param passive whether failed handshakes count against its servers
 * @param checkInterval from the start of one check of a server to that of the next
 * @param failureCount failures in a row that take a server out
 * @param riseCount good checks in a row that bring a server back that was down
 * @param policy how the director is to treat connections when its servers come and go
 * @param quiescent whether a server that is down keeps its entry, with weight 0
 * @param cleanStop whether the service leaves the table when the monitor stops
 */
public record VirtualServer(
    ServiceSpec spec,
    List<RealServer> realServers,
    Optional<Fallback> fallback,
    Optional<String> fallbackCommand,
    CheckSettings check,
    WeightSettings weights,
    PassiveSettings passive,
    Duration checkInterval,
    int failureCount,
    int riseCount,
    ServicePolicy policy,
    boolean quiescent,
    boolean cleanStop,
    Optional<String> monitorFile,
    AlertSettings alerts) {

  public VirtualServer {
    realServers = List.copyOf(realServers);
  }

  /** Whether servers that are taken out on purpose go only when their clients have gone. */
  public boolean drains() {
    return policy.drainSeconds().orElse(0) > 0;
  }

  public ServiceKey key() {
    return spec.key();
  }

  /** What the log calls it: {@code 10.0.0.100:80}, {@code [2001:db8::5]:80}, or the mark. */
  public String name() {
    return switch (key()) {
      case ServiceKey.Mark mark -> Integer.toUnsignedString(mark.mark());
      case ServiceKey.Endpoint endpoint -> endpointText(endpoint.address(), endpoint.port());
    };
  }

  /** {@code tcp}, {@code udp} or {@code fwm}. */
  public String protocolName() {
    return switch (key()) {
      case ServiceKey.Mark _ -> "fwm";
      case ServiceKey.Endpoint endpoint -> endpoint.protocol().name().toLowerCase(Locale.ROOT);
    };
  }

  /** {@code ADDRESS:PORT}, with an IPv6 address in brackets. */
  public static String endpointText(Address address, int port) {
    return address.isIpv4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
