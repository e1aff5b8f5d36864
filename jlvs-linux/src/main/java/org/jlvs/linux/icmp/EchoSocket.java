package org.jlvs.linux.icmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.jspecify.annotations.Nullable;

/**
 * A socket for echo requests and replies of one address family: a ping socket where {@code
 * net.ipv4.ping_group_range} allows it, else a raw one, which needs CAP_NET_RAW. Any thread may
 * send, one reads.
 */
final class EchoSocket implements AutoCloseable {
  /** Type, code, checksum, identifier, sequence. */
  static final int HEADER_BYTES = 8;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int CLOEXEC_NONBLOCK = 0x80800;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SEND_BUFFER_BYTES = 16 << 20;
  private static final int RECEIVE_BUFFER_BYTES = 4 << 20;
  private static final int SOL_RAW = 255;
  private static final int ICMP_FILTER = 1;
  private static final int ICMP6_FILTER = 1;
  private static final int ICMP6_FILTER_BYTES = 32;
  private static final int ICMP_ECHO_REPLY = 0;
  private static final int ICMP_ECHO = 8;
  private static final int ICMP6_ECHO = 128;
  private static final int ICMP6_ECHO_REPLY = 129;
  private static final int SOCKADDR_IN_BYTES = 16;
  private static final int SOCKADDR_IN6_BYTES = 28;
  private static final int MIN_IP_HEADER_BYTES = 20;

  private final Fd fd;
  private final boolean ipv6;
  private final boolean raw;

  private EchoSocket(Fd fd, boolean ipv6, boolean raw) {
    this.fd = fd;
    this.ipv6 = ipv6;
    this.raw = raw;
  }

  static EchoSocket open(boolean ipv6) throws LinuxException {
    int domain = ipv6 ? AF_INET6 : AF_INET;
    int protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    int ping = Libc.socket(domain, SOCK_DGRAM | CLOEXEC_NONBLOCK, protocol);
    if (ping >= 0) {
      EchoSocket socket = new EchoSocket(Fd.of(ping), ipv6, false);
      socket.enlargeBuffers();
      return socket;
    }
    int raw = Libc.socket(domain, SOCK_RAW | CLOEXEC_NONBLOCK, protocol);
    if (raw == -Errno.EPERM || raw == -Errno.EACCES) {
      throw new UnsupportedFeatureException(
          -raw,
          "ping",
          "the process lacks "
              + Capability.CAP_NET_RAW
              + ", and net.ipv4.ping_group_range doesn't allow its group");
    }
    EchoSocket socket = new EchoSocket(Fd.ofResult(raw, "open a raw ICMP socket"), ipv6, true);
    try {
      socket.filterReplies();
      socket.enlargeBuffers();
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Requests to neighbours that don't answer ARP wait in the kernel for seconds and fill the send
   * buffer; so they must not be in the way of others. Without CAP_NET_ADMIN the kernel's limits
   * (net.core.wmem_max) hold, and a smaller buffer than asked for is no error.
   */
  private void enlargeBuffers() {
    setBuffer(SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER_BYTES);
    setBuffer(SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  }

  private void setBuffer(int forced, int limited, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(Bytes.U32, bytes);
      if (Libc.setsockopt(fd.number(), SOL_SOCKET, forced, value) < 0) {
        var _ = Libc.setsockopt(fd.number(), SOL_SOCKET, limited, value);
      }
    }
  }

  /** A raw socket would hear every ICMP packet of the host. */
  private void filterReplies() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      if (ipv6) {
        MemorySegment blocked = arena.allocate(ICMP6_FILTER_BYTES, 4).fill((byte) 0xff);
        long word = ICMP6_ECHO_REPLY / 32 * 4L;
        blocked.set(Bytes.U32, word, ~(1 << (ICMP6_ECHO_REPLY % 32)));
        LinuxException.check(
            Libc.setsockopt(fd.number(), IPPROTO_ICMPV6, ICMP6_FILTER, blocked), "filter ICMPv6");
      } else {
        LinuxException.check(
            Libc.setsockopt(
                fd.number(),
                SOL_RAW,
                ICMP_FILTER,
                arena.allocateFrom(Bytes.U32, ~(1 << ICMP_ECHO_REPLY))),
            "filter ICMP");
      }
    }
  }

  Fd fd() {
    return fd;
  }

  /** Sends an echo request that carries {@code token}. */
  void send(InetAddress to, int identifier, int sequence, long token) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(HEADER_BYTES + Long.BYTES, 8);
      message.set(Bytes.U16, 0, (short) (ipv6 ? ICMP6_ECHO : ICMP_ECHO));
      message.set(Bytes.BE16, 4, (short) identifier);
      message.set(Bytes.BE16, 6, (short) sequence);
      message.set(Bytes.U64, HEADER_BYTES, token);
      // Of ICMPv6 the kernel computes it: it covers addresses that only the kernel knows.
      message.set(Bytes.U16, 2, ipv6 ? 0 : checksum(message));
      long sent;
      do {
        sent = Libc.sendto(fd.number(), message, message.byteSize(), 0, address(to, arena));
      } while (sent == -Errno.EINTR);
      LinuxException.check((int) sent, "ping " + to.getHostAddress());
    }
  }

  /** A reply's sequence number and token. */
  record Reply(int sequence, long token) {}

  /**
   * Reads one packet into {@code buffer}.
   *
   * @return its length, or a negated errno, EAGAIN when there is none
   */
  long read(MemorySegment buffer) {
    return Libc.recvfrom(
        fd.number(), buffer, buffer.byteSize(), 0, MemorySegment.NULL, MemorySegment.NULL);
  }

  /**
   * What a packet of {@code length} bytes says, if it is a whole echo reply with a token.
   *
   * @return null for anything else
   */
  @Nullable Reply parse(MemorySegment packet, long length) {
    long start = 0;
    if (raw && !ipv6) {
      // A raw IPv4 socket hands the IP header over too.
      if (length < MIN_IP_HEADER_BYTES) {
        return null;
      }
      start = (packet.get(ValueLayout.JAVA_BYTE, 0) & 0xf) * 4L;
    }
    int type = ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY;
    if (length - start < HEADER_BYTES + Long.BYTES
        || (packet.get(ValueLayout.JAVA_BYTE, start) & 0xff) != type) {
      return null;
    }
    return new Reply(
        Short.toUnsignedInt(packet.get(Bytes.BE16, start + 6)),
        packet.get(Bytes.U64, start + HEADER_BYTES));
  }

  @Override
  public void close() {
    fd.close();
  }

  /** RFC 1071, over an even number of bytes; in whichever byte order they are read. */
  static short checksum(MemorySegment message) {
    int sum = 0;
    for (long at = 0; at < message.byteSize(); at += 2) {
      sum += Short.toUnsignedInt(message.get(Bytes.U16, at));
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
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
}
