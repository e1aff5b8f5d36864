package org.jlvs.testbed.director;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;

/**
 * A web server in a host's namespace and this process: it answers with the host's name, and {@code
 * /bytes/N} with N bytes of a pattern; {@code /upload} says whether the pattern has come.
 */
final class WebServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads;

  private WebServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /** Serves port 80 of all addresses that the host has or will have. */
  static WebServer start(Host host) throws Exception {
    return start(host, 80, host.name());
  }

  static WebServer start(Host host, int port, String answer) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      HttpServer server =
          namespace.run(() -> HttpServer.create(new InetSocketAddress("0.0.0.0", port), 0));
      ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
      server.setExecutor(threads);
      server.createContext(
          "/", exchange -> send(exchange, (answer + "\n").getBytes(StandardCharsets.UTF_8)));
      server.createContext("/bytes/", WebServer::sendPattern);
      server.createContext("/upload", WebServer::compare);
      server.start();
      return new WebServer(server, threads);
    }
  }

  private static void sendPattern(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    send(exchange, pattern(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1))));
  }

  private static void compare(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    boolean same = Arrays.equals(body, pattern(body.length));
    String answer = body.length + (same ? " bytes as sent\n" : " bytes, damaged\n");
    send(exchange, answer.getBytes(StandardCharsets.US_ASCII));
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().add("Connection", "close");
      exchange.sendResponseHeaders(200, body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  /** Bytes of which no two near places are alike. */
  static byte[] pattern(int length) {
    byte[] pattern = new byte[length];
    int state = 1;
    for (int i = 0; i < length; i++) {
      state = state * 1_103_515_245 + 12_345;
      pattern[i] = (byte) (state >>> 16);
    }
    return pattern;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
