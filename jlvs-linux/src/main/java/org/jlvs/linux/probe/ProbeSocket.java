package org.jlvs.linux.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * A non-blocking socket of one address family that sends questions, each with a token of its own,
 * and hears the answers. Any thread may send, one reads.
 *
 * @param <A> what an answer says
 */
abstract class ProbeSocket<A> implements AutoCloseable {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_RAW = 3;
  static final int CLOEXEC_NONBLOCK = 0x80800;
  static final int SOL_SOCKET = 1;
  static final int IPV4_HEADER_LEAST_BYTES = 20;

  /** Bounds the packets read from one socket before the other is looked at. */
  static final int BATCH = 256;

  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SEND_BUFFER_BYTES = 16 << 20;
  private static final int RECEIVE_BUFFER_BYTES = 4 << 20;
  private static final int SOCKADDR_IN_BYTES = 16;
  private static final int SOCKADDR_IN6_BYTES = 28;

  private final Fd fd;
  private final Fd out;
  private final boolean ipv6;

  /**
   * @param fd to hear answers by
   * @param out to send by; may be the same
   */
  ProbeSocket(Fd fd, Fd out, boolean ipv6) {
    this.fd = fd;
    this.out = out;
    this.ipv6 = ipv6;
  }

  /** Where a socket puts the answers that it reads. */
  @FunctionalInterface
  interface Found<A> {
    void accept(long token, A answer);
  }

  /** Reads what has come, up to {@link #BATCH} packets, by way of {@code buffer}. */
  abstract void read(MemorySegment buffer, Found<A> found);

  final Fd fd() {
    return fd;
  }

  final Fd out() {
    return out;
  }

  final boolean ipv6() {
    return ipv6;
  }

  /**
   * Requests to neighbours that don't answer ARP wait in the kernel for seconds and fill the send
   * buffer; so they must not be in the way of others. Without CAP_NET_ADMIN the kernel's limits
   * (net.core.wmem_max) hold, and a smaller buffer than asked for is no error.
   */
  final void enlargeBuffers() {
    setBuffer(out, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER_BYTES);
    setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  }

  private static void setBuffer(Fd socket, int forced, int limited, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(Bytes.U32, bytes);
      if (Libc.setsockopt(socket.number(), SOL_SOCKET, forced, value) < 0) {
        var _ = Libc.setsockopt(socket.number(), SOL_SOCKET, limited, value);
      }
    }
  }

  /**
   * Sends a packet, without an IP header.
   *
   * @param what is done, for the message of an error
   */
  final void send(MemorySegment packet, InetAddress to, String what) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = address(to, arena);
      MemorySegment copy = arena.allocate(packet.byteSize(), 8).copyFrom(packet);
      long sent;
      do {
        sent = Libc.sendto(out.number(), copy, copy.byteSize(), 0, address);
      } while (sent == -Errno.EINTR);
      LinuxException.check((int) sent, what);
    }
  }

  /**
   * Reads one packet into {@code buffer}.
   *
   * @return its length, or a negated errno, EAGAIN when there is none
   */
  final long receive(MemorySegment buffer) {
    return Libc.recvfrom(
        fd.number(), buffer, buffer.byteSize(), 0, MemorySegment.NULL, MemorySegment.NULL);
  }

  private MemorySegment address(InetAddress to, Arena arena) {
    byte[] bytes = to.getAddress();
    MemorySegment address = arena.allocate(ipv6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES, 4);
    address.set(Bytes.U16, 0, (short) (ipv6 ? AF_INET6 : AF_INET));
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, address, ipv6 ? 8 : 4, bytes.length);
    if (to instanceof Inet6Address six) {
      address.set(Bytes.U32, 24, six.getScopeId());
    }
    return address;
  }

  @Override
  public void close() {
    fd.close();
    out.close();
  }
}
