package org.jlvs.core.service;

import java.util.Optional;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** Services and servers in few words. */
final class TestSpecs {
  private TestSpecs() {}

  static ServiceKey tcp(String address, int port) {
    return new ServiceKey.Endpoint(Protocol.TCP, Address.of(address), port);
  }

  static ServiceKey udp(String address, int port) {
    return new ServiceKey.Endpoint(Protocol.UDP, Address.of(address), port);
  }

  static ServiceKey mark(int mark) {
    return new ServiceKey.Mark(mark, Family.IPV4);
  }

  static ServiceSpec service(ServiceKey key, String scheduler) {
    return service(key, scheduler, key.family().addressBytes() * 8);
  }

  static ServiceSpec service(ServiceKey key, String scheduler, int prefixLength) {
    return new ServiceSpec(key, scheduler, 0, 0, prefixLength, Optional.empty());
  }

  static ServerKey at(String address, int port) {
    return new ServerKey(Address.of(address), port);
  }

  static ServerSpec server(String address, int port, int weight) {
    return server(address, port, ForwardingMethod.DIRECT_ROUTE, weight);
  }

  static ServerSpec server(String address, int port, ForwardingMethod forwarding, int weight) {
    return new ServerSpec(at(address, port), forwarding, weight, 0, 0, Tunnel.IPIP);
  }

  static ServerSpec thresholds(String address, int port, int upper, int lower) {
    return new ServerSpec(
        at(address, port), ForwardingMethod.DIRECT_ROUTE, 1, upper, lower, Tunnel.IPIP);
  }
}
