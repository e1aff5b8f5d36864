package org.jlvs.monitor.check;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.SocketFactory;

/**
 * Makes the sockets of one check, or of another short conversation, for libraries that speak a
 * protocol: whatever they and the server do, connecting and reading end with the check's deadline,
 * and no more than {@link #MOST_BYTES} are read. For one check.
 */
public final class CheckSockets extends SocketFactory {
  /** Bytes that a server may send in one check. */
  static final int MOST_BYTES = 2 << 20;

  private final Deadline deadline;

  public CheckSockets(Deadline deadline) {
    this.deadline = deadline;
  }

  @Override
  public Socket createSocket() {
    return new CheckSocket(deadline);
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    return connected(new InetSocketAddress(address, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort)
      throws IOException {
    return connected(new InetSocketAddress(address, port));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(numeric(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort)
      throws IOException {
    return connected(numeric(host, port));
  }

  private static InetSocketAddress numeric(String host, int port) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  private Socket connected(InetSocketAddress address) throws IOException {
    Socket socket = createSocket();
    try {
      socket.connect(address);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  private static final class CheckSocket extends Socket {
    private final Deadline deadline;

    CheckSocket(Deadline deadline) {
      this.deadline = deadline;
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
      super.connect(address, deadline.millisLeft());
    }

    @Override
    public void connect(SocketAddress address, int timeoutMillis) throws IOException {
      connect(address);
    }

    /** The deadline bounds each read, so a library's own wishes do not count. */
    @Override
    public void setSoTimeout(int timeoutMillis) {}

    @Override
    public InputStream getInputStream() throws IOException {
      return new BoundedStream(super.getInputStream());
    }

    private void boundNextRead() throws IOException {
      super.setSoTimeout(deadline.millisLeft());
    }

    private final class BoundedStream extends FilterInputStream {
      private int left = MOST_BYTES;

      BoundedStream(InputStream stream) {
        super(stream);
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0) {
          throw new ProtocolException("the server sent more than " + MOST_BYTES + " bytes");
        }
        boundNextRead();
        int count = super.read(bytes, offset, Math.min(length, left));
        left -= Math.max(0, count);
        return count;
      }
    }
  }
}
