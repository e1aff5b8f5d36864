package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * {@link CheckSockets} for JDBC drivers, which take no factory but a class to make one of. They do
 * so in the thread that connects, where {@link #DEADLINE} is bound to the check's.
 */
public final class JdbcSockets extends SocketFactory {
  static final ScopedValue<Deadline> DEADLINE = ScopedValue.newInstance();

  private final CheckSockets sockets;

  /** For the drivers. */
  public JdbcSockets() {
    this.sockets = new CheckSockets(DEADLINE.get());
  }

  @Override
  public Socket createSocket() {
    return sockets.createSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return sockets.createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort)
      throws IOException {
    return sockets.createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    return sockets.createSocket(address, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort)
      throws IOException {
    return sockets.createSocket(address, port);
  }
}
