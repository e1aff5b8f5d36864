package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** What a server may do wrong once it has a connection. */
enum Misdeed {
  SILENT((_, _) -> Thread.sleep(30_000)),
  CLOSING((speaking, _) -> speaking.close()),
  RESETTING((_, connection) -> reset(connection)),
  DRIPPING(
      (speaking, _) -> {
        // A digit fits into the greetings of most protocols, and ends none of them.
        for (int i = 0; i < 300; i++) {
          speaking.getOutputStream().write('2');
          Thread.sleep(100);
        }
      }),
  ENDLESS_LINE((speaking, _) -> flood(speaking, "2".repeat(65_536))),
  ENDLESS_LINES((speaking, _) -> flood(speaking, "220-more\r\n".repeat(6_000))),
  NONSENSE(
      (speaking, _) -> {
        byte[] noise = new byte[4_096];
        new Random(1).nextBytes(noise);
        speaking.getOutputStream().write(noise);
        speaking.getOutputStream().flush();
        Thread.sleep(200);
      }),
  RESET_IN_THE_MIDDLE(
      (speaking, connection) -> {
        TestServer.send(speaking, "220-hel");
        Thread.sleep(50);
        reset(connection);
      });

  /** What is done. */
  @FunctionalInterface
  private interface Deed {
    void to(Socket speaking, Socket connection) throws IOException, InterruptedException;
  }

  private final Deed deed;

  Misdeed(Deed deed) {
    this.deed = deed;
  }

  /**
   * Does it.
   *
   * @param speaking where bytes are for the client's protocol
   * @param connection below it; the same unless TLS is between
   */
  void serve(Socket speaking, Socket connection) throws IOException, InterruptedException {
    deed.to(speaking, connection);
  }

  /** Closes a TCP connection so that the client sees it reset. */
  static void reset(Socket connection) throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  private static void flood(Socket socket, String piece) throws IOException {
    byte[] bytes = piece.getBytes(StandardCharsets.ISO_8859_1);
    for (int sent = 0; sent < 1 << 28; sent += bytes.length) {
      socket.getOutputStream().write(bytes);
    }
  }
}
