package org.jlvs.testbed.director;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;

/** Answers each line of a TCP connection with the host's name, a colon and the line. */
final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1000;
  private static final int CONNECT_MILLIS = 5000;

  private final ServerSocket listener;

  private EchoServer(ServerSocket listener) {
    this.listener = listener;
  }

  /** Serves one address of the host. */
  static EchoServer start(Host host, String address, int port) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      ServerSocket listener =
          namespace.run(() -> new ServerSocket(port, BACKLOG, InetAddress.getByName(address)));
      Thread.ofVirtual().start(() -> accept(listener, host.name()));
      return new EchoServer(listener);
    }
  }

  private static void accept(ServerSocket listener, String name) {
    while (!listener.isClosed()) {
      try {
        Socket connection = listener.accept();
        Thread.ofVirtual().start(() -> serve(connection, name));
      } catch (IOException e) {
        // Closed, or a client that was gone at once.
      }
    }
  }

  private static void serve(Socket connection, String name) {
    try (connection) {
      BufferedReader lines = reader(connection);
      String line = lines.readLine();
      while (line != null) {
        connection
            .getOutputStream()
            .write((name + ":" + line + "\n").getBytes(StandardCharsets.US_ASCII));
        line = lines.readLine();
      }
    } catch (IOException e) {
      // The client is gone.
    }
  }

  private static BufferedReader reader(Socket connection) throws IOException {
    return new BufferedReader(
        new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** A client's connection. */
  static Socket connect(Host host, String address, int port) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(
          () -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            return socket;
          });
    }
  }

  /** Sends a line and returns the one that comes back. */
  static String ask(Socket connection, String line) throws IOException {
    connection.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    int next = connection.getInputStream().read();
    while (next >= 0 && next != '\n') {
      answer.append((char) next);
      next = connection.getInputStream().read();
    }
    return answer.toString();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
