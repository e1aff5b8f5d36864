package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;

/**
 * {@link CheckSockets} for JDBC drivers, which take no factory but a class to make one of. They do
 * so in the thread that connects, where {@link #CHECK} is bound to what is left of the check.
 */
public final class JdbcSockets extends SocketFactory {
  static final ScopedValue<Opened> CHECK = ScopedValue.newInstance();

  private final Opened check = CHECK.get();
  private final CheckSockets sockets;

  /** A check's sockets: a driver that trips over an answer leaves its own open. For one thread. */
  static final class Opened implements AutoCloseable {
    private final Deadline deadline;
    private final List<Socket> sockets = new ArrayList<>();

    Opened(Deadline deadline) {
      this.deadline = deadline;
    }

    private Socket opened(Socket socket) {
      sockets.add(socket);
      return socket;
    }

    @Override
    public void close() {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          // There is nothing left to lose.
        }
      }
    }
  }

  /** For the drivers. */
  public JdbcSockets() {
    this.sockets = new CheckSockets(check.deadline);
  }

  @Override
  public Socket createSocket() {
    return check.opened(sockets.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return check.opened(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort)
      throws IOException {
    return check.opened(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    return check.opened(sockets.createSocket(address, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort)
      throws IOException {
    return check.opened(sockets.createSocket(address, port));
  }
}
