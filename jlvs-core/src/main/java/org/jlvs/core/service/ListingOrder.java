package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;

/**
 * The services in the order the kernel lists them: it walks two tables of 256 chains, first that of
 * addresses (ip_vs_svc_hashkey), then that of firewall marks (ip_vs_svc_fwm_hashkey); a new service
 * is put at the head of its chain.
 */
final class ListingOrder {
  private static final int CHAINS = 256;

  /**
   * The kernel mixes in the address of its network namespace object, so that the order differs from
   * boot to boot; this is the value of one such boot.
   */
  private static final int NAMESPACE = 224;

  private final List<List<VirtualService>> byAddress = chains();
  private final List<List<VirtualService>> byMark = chains();

  private static List<List<VirtualService>> chains() {
    List<List<VirtualService>> chains = new ArrayList<>(CHAINS);
    for (int i = 0; i < CHAINS; i++) {
      chains.add(new ArrayList<>(0));
    }
    return chains;
  }

  void add(VirtualService service) {
    chain(service.key()).addFirst(service);
  }

  void remove(VirtualService service) {
    chain(service.key()).remove(service);
  }

  /** A new list of all services, in order. */
  List<VirtualService> services() {
    List<VirtualService> all = new ArrayList<>();
    byAddress.forEach(all::addAll);
    byMark.forEach(all::addAll);
    return all;
  }

  private List<VirtualService> chain(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Endpoint endpoint -> byAddress.get(hash(endpoint));
      case ServiceKey.Mark mark -> byMark.get((mark.mark() ^ NAMESPACE) & (CHAINS - 1));
    };
  }

  private static int hash(ServiceKey.Endpoint endpoint) {
    Address address = endpoint.address();
    long halves = address.high() ^ address.low();
    int folded = address.isIpv4() ? address.ipv4Bits() : (int) (halves >>> 32 ^ halves);
    int port = endpoint.port();
    return (endpoint.protocol().number() ^ folded ^ NAMESPACE ^ (port >> 8) ^ port) & (CHAINS - 1);
  }
}
