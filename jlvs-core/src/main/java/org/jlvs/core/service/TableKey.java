package org.jlvs.core.service;

import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** The three longs under which an {@link EndpointTable} keeps a service or a server. */
record TableKey(long high, long low, long other) {
  private static final long MARK = 1L << 32;

  static TableKey of(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Mark(int mark, Family family) ->
          new TableKey(0, Integer.toUnsignedLong(mark), ofMark(family));
      case ServiceKey.Endpoint(Protocol protocol, Address address, int port) ->
          new TableKey(
              address.high(), address.low(), ofEndpoint(address.family(), protocol.number(), port));
    };
  }

  static TableKey of(VirtualService service, ServerKey key) {
    Address address = key.address();
    return new TableKey(
        address.high(), address.low(), ofServer(service, address.family(), key.port()));
  }

  /** The third long of a service by mark, whose second is the mark. */
  static long ofMark(Family family) {
    return MARK | family.number();
  }

  /** The third long of a service by address. */
  static long ofEndpoint(Family family, int protocol, int port) {
    return (long) family.number() << 24 | (long) protocol << 16 | port;
  }

  /** The third long of a server. */
  static long ofServer(VirtualService service, Family family, int port) {
    return (long) service.serial << 32 | (long) family.number() << 16 | port;
  }
}
