package org.jlvs.monitor.check;

import java.io.IOException;
import org.apache.commons.net.SocketClient;
import org.jlvs.core.net.Address;
import org.jspecify.annotations.Nullable;

/** A conversation with a server by one of commons-net's clients, as checks hold it. */
final class Dialogue implements AutoCloseable {
  private final SocketClient client;

  /** A conversation that has not begun: its sockets keep to the deadline. */
  Dialogue(SocketClient client, Deadline deadline) {
    this.client = client;
    client.setSocketFactory(new CheckSockets(deadline));
  }

  void connect(Address address, int port) throws IOException {
    client.connect(Checker.address(address), port);
  }

  /** The outcome of a check whose server has refused it: what it did, and how it put that. */
  static Outcome refused(String what, @Nullable String reply) {
    String firstLine = reply == null ? "" : reply.lines().findFirst().orElse("");
    return Outcome.down(what + " " + Excerpt.of(firstLine));
  }

  @Override
  public void close() {
    try {
      if (client.isConnected()) {
        client.disconnect();
      }
    } catch (IOException closed) {
      // The check's outcome is known by now.
    }
  }
}
