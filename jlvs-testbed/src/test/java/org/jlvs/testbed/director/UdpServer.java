package org.jlvs.testbed.director;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;

/** Answers each datagram with the host's name, a colon and what the datagram said. */
final class UdpServer implements AutoCloseable {
  private static final int LONGEST = 65_507;
  private static final int PATIENCE_MILLIS = 2000;

  private final DatagramSocket socket;

  private UdpServer(DatagramSocket socket) {
    this.socket = socket;
  }

  /** Serves one address of the host, from which it answers too. */
  static UdpServer start(Host host, String address, int port) throws Exception {
    DatagramSocket socket = open(host, address, port);
    Thread.ofVirtual().start(() -> serve(socket, host.name()));
    return new UdpServer(socket);
  }

  /** A socket in a host's namespace. */
  static DatagramSocket open(Host host, String address, int port) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      DatagramSocket socket =
          namespace.run(
              () ->
                  new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port)));
      socket.setSoTimeout(PATIENCE_MILLIS);
      return socket;
    }
  }

  private static void serve(DatagramSocket socket, String name) {
    DatagramPacket datagram = new DatagramPacket(new byte[LONGEST], LONGEST);
    while (!socket.isClosed()) {
      try {
        datagram.setLength(LONGEST);
        socket.receive(datagram);
        byte[] answer = (name + ":" + text(datagram)).getBytes(StandardCharsets.ISO_8859_1);
        socket.send(new DatagramPacket(answer, answer.length, datagram.getSocketAddress()));
      } catch (SocketTimeoutException e) {
        // Nobody asks now.
      } catch (IOException e) {
        // Closed, or the client is gone: the next one may come.
      }
    }
  }

  /** Sends a datagram and waits for the answer to it; empty when none comes. */
  static Optional<String> ask(DatagramSocket from, String address, int port, String question)
      throws IOException {
    byte[] bytes = question.getBytes(StandardCharsets.ISO_8859_1);
    from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByName(address), port));
    DatagramPacket answer = new DatagramPacket(new byte[LONGEST], LONGEST);
    try {
      from.receive(answer);
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
    return answer.getSocketAddress().equals(new InetSocketAddress(address, port))
        ? Optional.of(text(answer))
        : Optional.of("from " + answer.getSocketAddress());
  }

  private static String text(DatagramPacket datagram) {
    return new String(
        datagram.getData(),
        datagram.getOffset(),
        datagram.getLength(),
        StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    socket.close();
  }
}
