package org.jlvs.testbed.differential;

import org.jlvs.testbed.differential.Configuration.Server;
import org.jlvs.testbed.differential.Configuration.Service;

/** One client's conversation with a virtual service. */
final class Session {
  final boolean ipv6;
  final Transport transport;
  final String client;
  final int clientPort;
  final String virtual;
  final int virtualPort;
  final Service service;

  /** The last frame that a server may answer, or 0. */
  int request;

  /** How far a TCP connection has come: 0 is before its SYN. */
  int stage;

  /**
   * @param virtual the address that the client speaks to
   */
  Session(
      Transport transport,
      String client,
      int clientPort,
      String virtual,
      int virtualPort,
      Service service) {
    this.ipv6 = service.ipv6;
    this.transport = transport;
    this.client = client;
    this.clientPort = clientPort;
    this.virtual = virtual;
    this.virtualPort = virtualPort;
    this.service = service;
  }

  /** The port by which a machine serves it. */
  int serverPort(int machine) {
    for (Server server : service.servers) {
      if (server.number() == machine && server.port() != 0 && server.isMasqueraded()) {
        return server.port();
      }
    }
    return virtualPort;
  }

  /** What a wire lets through: the director's interfaces have an MTU of 1500. */
  int mostPayload() {
    return 1500 - (ipv6 ? 40 : 20) - transport.header;
  }
}
