package org.jlvs.xdp;

import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.net.Address;

/** A connection of the tests. Ports are plain numbers. */
record TestConnection(
    int protocol,
    Address client,
    int clientPort,
    Address virtual,
    int virtualPort,
    Address server,
    int serverPort,
    int forwarding,
    int flags,
    int serverNumber,
    int inHop,
    int outHop) {
  static final int MASQUERADE = 0;
  static final int TUNNEL = 2;
  static final int DIRECT = 3;
  private static final int FAST = ConnectionLayout.FLAG_FAST_IN | ConnectionLayout.FLAG_FAST_OUT;

  static TestConnection direct(
      int protocol, String client, int clientPort, String virtual, int port) {
    return new TestConnection(
        protocol,
        Address.of(client),
        clientPort,
        Address.of(virtual),
        port,
        Address.of("10.2.0.1"),
        port,
        DIRECT,
        FAST,
        1,
        1,
        0);
  }

  /** Masquerading to a server; both directions have a hop. */
  TestConnection masqueraded(String server, int port) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        Address.of(server),
        port,
        MASQUERADE,
        flags,
        serverNumber,
        1,
        2);
  }

  TestConnection forwarding(int method) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        server,
        serverPort,
        method,
        flags,
        serverNumber,
        inHop,
        outHop);
  }

  TestConnection flags(int bits) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        server,
        serverPort,
        forwarding,
        bits,
        serverNumber,
        inHop,
        outHop);
  }

  TestConnection hops(int in, int out) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        server,
        serverPort,
        forwarding,
        flags,
        serverNumber,
        in,
        out);
  }

  TestConnection serverNumber(int number) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        server,
        serverPort,
        forwarding,
        flags,
        number,
        inHop,
        outHop);
  }

  TestConnection server(String address) {
    return new TestConnection(
        protocol,
        client,
        clientPort,
        virtual,
        virtualPort,
        Address.of(address),
        serverPort,
        forwarding,
        flags,
        serverNumber,
        inHop,
        outHop);
  }

  TestConnection clientPort(int port) {
    return new TestConnection(
        protocol,
        client,
        port,
        virtual,
        virtualPort,
        server,
        serverPort,
        forwarding,
        flags,
        serverNumber,
        inHop,
        outHop);
  }

  /** Whether packets of the server have to be translated back. */
  boolean hasReplies() {
    return forwarding == MASQUERADE;
  }
}
