package org.jlvs.monitor.alert;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jlvs.monitor.check.TestServer;

/** A web server that keeps the bodies of what is posted to it. */
final class WebhookReceiver implements AutoCloseable {
  /** Bodies in the order in which they came. */
  final List<String> posted = new CopyOnWriteArrayList<>();

  /** What each request is answered with. */
  final AtomicInteger status = new AtomicInteger(200);

  private final TestServer server = new TestServer(this::serve);

  WebhookReceiver() throws IOException {}

  int port() {
    return server.port();
  }

  private void serve(Socket socket) throws IOException {
    InputStream stream = new BufferedInputStream(socket.getInputStream());
    int length = 0;
    for (String line = line(stream); !line.isEmpty(); line = line(stream)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    posted.add(new String(stream.readNBytes(length), StandardCharsets.UTF_8));
    String answer = "HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String line(InputStream stream) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = stream.read(); c >= 0 && c != '\n'; c = stream.read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
