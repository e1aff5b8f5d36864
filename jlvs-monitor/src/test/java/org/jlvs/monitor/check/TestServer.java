package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A TCP server on loopback that does to each connection what a test wants. */
public final class TestServer implements AutoCloseable {

  /** What is done to a connection; the socket is closed after it. */
  @FunctionalInterface
  public interface Behaviour {
    void serve(Socket socket) throws IOException, InterruptedException;
  }

  /** What is done to a connection with TLS. */
  @FunctionalInterface
  interface SecuredBehaviour {
    /**
     * @param plain the connection below the TLS
     */
    void serve(SSLSocket secured, Socket plain) throws IOException, InterruptedException;
  }

  private final ServerSocket listener;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile Behaviour behaviour;

  public TestServer(Behaviour behaviour) throws IOException {
    this(behaviour, "127.0.0.1", 0);
  }

  public TestServer(Behaviour behaviour, String address, int port) throws IOException {
    this.behaviour = behaviour;
    listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(InetAddress.getByName(address), port), 512);
    Thread.startVirtualThread(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  public void behave(Behaviour changed) {
    behaviour = changed;
  }

  /** The heads of the requests so far. */
  public List<String> requests() {
    return requests;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      behaviour.serve(socket);
    } catch (IOException | InterruptedException gone) {
      // The client went away, as some tests want it to.
    } finally {
      sockets.remove(socket);
    }
  }

  /** Reads a request's head, and then answers with {@code text}. */
  public Behaviour answering(String text) {
    return socket -> {
      requests.add(head(socket));
      send(socket, text);
    };
  }

  /**
   * Shakes hands, and then behaves.
   *
   * @param suites of ciphers that it knows; all when there are none
   */
  static Behaviour secured(SSLContext context, SecuredBehaviour behaviour, String... suites) {
    return plain -> {
      try (SSLSocket secured =
          (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), true)) {
        secured.setUseClientMode(false);
        if (suites.length > 0) {
          secured.setEnabledCipherSuites(suites);
        }
        secured.startHandshake();
        behaviour.serve(secured, plain);
      }
    };
  }

  /** A page with a correct length. */
  public static String page(String status, String body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** Reads to the empty line. */
  static String head(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    InputStream stream = socket.getInputStream();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = stream.read();
      if (c < 0) {
        break;
      }
      head.append((char) c);
    }
    return head.toString();
  }

  public static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends {@code text} again and again for as long as the client takes it. */
  static void flood(Socket socket, String text) throws IOException {
    OutputStream stream = socket.getOutputStream();
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    while (true) {
      stream.write(bytes);
    }
  }

  /** Sends {@code text} one byte at a time. */
  static void drip(Socket socket, String text, long millis)
      throws IOException, InterruptedException {
    for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
      socket.getOutputStream().write(b);
      Thread.sleep(millis);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
