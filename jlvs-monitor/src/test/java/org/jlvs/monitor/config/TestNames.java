package org.jlvs.monitor.config;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/** A host whose names are known: web1-3, localhost, ip6-localhost; services are the system's. */
public final class TestNames implements NameResolver {
  private static final Map<String, String> HOSTS =
      Map.of(
          "localhost", "127.0.0.1",
          "web1", "10.0.0.1",
          "web2", "10.0.0.2",
          "web3", "10.0.0.3",
          "ip6-localhost", "::1");
  private static final Map<String, Integer> SERVICES =
      Map.of("http", 80, "https", 443, "http-alt", 8080, "domain", 53);

  private final SystemNames numeric = new SystemNames(Path.of("/nonexistent"));

  @Override
  public Optional<Address> address(String host, Family family) {
    if (host.matches("[0-9.]*|.*:.*")) {
      return numeric.address(host, family);
    }
    return Optional.ofNullable(HOSTS.get(host.toLowerCase(Locale.ROOT)))
        .map(Address::of)
        .filter(address -> address.family() == family);
  }

  @Override
  public Optional<Integer> port(String service, String protocol) {
    return Optional.ofNullable(SERVICES.get(service));
  }
}
