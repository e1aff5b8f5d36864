package org.jlvs.linux.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
 * net.ipv4.ping_group_range} allows it, else a raw one, which needs CAP_NET_RAW. Of an answer it
 * tells the nanoTime when it was read.
 */
final class EchoSocket extends ProbeSocket<Long> {
  /** Type, code, checksum, identifier, sequence. */
  static final int HEADER_BYTES = 8;

  private static final int SOCK_DGRAM = 2;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int SOL_RAW = 255;
  private static final int ICMP_FILTER = 1;
  private static final int ICMP6_FILTER = 1;
  private static final int ICMP6_FILTER_BYTES = 32;
  private static final int ICMP_ECHO_REPLY = 0;
  private static final int ICMP_ECHO = 8;
  private static final int ICMP6_ECHO = 128;
  private static final int ICMP6_ECHO_REPLY = 129;

  private final boolean raw;

  private EchoSocket(Fd fd, boolean ipv6, boolean raw) {
    super(fd, fd, ipv6);
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

  /** A raw socket would hear every ICMP packet of the host. */
  private void filterReplies() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      if (ipv6()) {
        MemorySegment blocked = arena.allocate(ICMP6_FILTER_BYTES, 4).fill((byte) 0xff);
        long word = ICMP6_ECHO_REPLY / 32 * 4L;
        blocked.set(Bytes.U32, word, ~(1 << (ICMP6_ECHO_REPLY % 32)));
        LinuxException.check(
            Libc.setsockopt(fd().number(), IPPROTO_ICMPV6, ICMP6_FILTER, blocked), "filter ICMPv6");
      } else {
        LinuxException.check(
            Libc.setsockopt(
                fd().number(),
                SOL_RAW,
                ICMP_FILTER,
                arena.allocateFrom(Bytes.U32, ~(1 << ICMP_ECHO_REPLY))),
            "filter ICMP");
      }
    }
  }

  /** An echo request that carries {@code token}. */
  static MemorySegment request(boolean ipv6, int identifier, int sequence, long token) {
    MemorySegment message = MemorySegment.ofArray(new byte[HEADER_BYTES + Long.BYTES]);
    message.set(Bytes.U16, 0, (short) (ipv6 ? ICMP6_ECHO : ICMP_ECHO));
    message.set(Bytes.BE16, 4, (short) identifier);
    message.set(Bytes.BE16, 6, (short) sequence);
    message.set(Bytes.U64, HEADER_BYTES, token);
    // Of ICMPv6 the kernel computes it: it covers addresses that only the kernel knows.
    message.set(Bytes.U16, 2, ipv6 ? 0 : checksum(message));
    return message;
  }

  /** An ICMP error is reported by a failing read; its request ends by its timeout. */
  @Override
  void read(MemorySegment buffer, Found<Long> found) {
    for (int i = 0; i < BATCH; i++) {
      long length = receive(buffer);
      if (length < 0) {
        return;
      }
      Long token = token(buffer, length);
      if (token != null) {
        found.accept(token, System.nanoTime());
      }
    }
  }

  /**
   * The token of a packet of {@code length} bytes, if it is a whole echo reply with one.
   *
   * @return null for anything else
   */
  private @Nullable Long token(MemorySegment packet, long length) {
    long start = 0;
    if (raw && !ipv6()) {
      // A raw IPv4 socket hands the IP header over too.
      if (length < IPV4_HEADER_LEAST_BYTES) {
        return null;
      }
      start = (packet.get(ValueLayout.JAVA_BYTE, 0) & 0xf) * 4L;
    }
    int type = ipv6() ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY;
    if (length - start < HEADER_BYTES + Long.BYTES
        || (packet.get(ValueLayout.JAVA_BYTE, start) & 0xff) != type) {
      return null;
    }
    return packet.get(Bytes.U64, start + HEADER_BYTES);
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
}
