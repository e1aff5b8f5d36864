package org.jlvs.linux.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.jspecify.annotations.Nullable;

/**
 * Raw sockets for SCTP's INIT and what is said to it, of one address family; the kernel need not
 * know SCTP. An answer is 0 when the association would be taken, else the errno of what came: that
 * of an ICMP error, or ECONNREFUSED.
 *
 * <p>Two sockets: where errors are asked for, sending fails with the error of any earlier packet.
 * They are told to all raw sockets of the protocol, so the one that hears needn't be the one that
 * sent.
 */
final class SctpSocket extends ProbeSocket<Integer> {
  private static final int IPPROTO_SCTP = 132;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SOL_IP = 0;
  private static final int IP_RECVERR = 11;
  private static final int SOL_IPV6 = 41;
  private static final int IPV6_RECVERR = 25;
  private static final int MSG_ERRQUEUE = 0x2000;

  /** {@code struct msghdr}, and where its members are. */
  private static final int MSGHDR_BYTES = 56;

  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;

  /** {@code struct cmsghdr}; a {@code struct sock_extended_err} with its errno first follows. */
  private static final int CMSGHDR_BYTES = 16;

  private static final int CONTROL_BYTES = 256;

  /** Classic BPF: code, jumps, and a number; eight bytes each. */
  private static final int LOAD_X = 0x01;

  private static final int LOAD_BYTE_AT_X = 0x50;
  private static final int LOAD_X_IPV4_HEADER = 0xb1;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int CHUNK_TYPE = 12;
  private static final int WHOLE_PACKET = 0x40000;

  private SctpSocket(Fd fd, Fd out, boolean ipv6) {
    super(fd, out, ipv6);
  }

  static SctpSocket open(boolean ipv6) throws LinuxException {
    Fd fd = raw(ipv6);
    try {
      return configured(new SctpSocket(fd, raw(ipv6), ipv6));
    } catch (LinuxException e) {
      fd.close();
      throw e;
    }
  }

  private static SctpSocket configured(SctpSocket socket) throws LinuxException {
    try {
      filter(socket.out(), instruction(RETURN, 0, 0, 0));
      socket.filterAnswers();
      socket.askForErrors();
      socket.enlargeBuffers();
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  private static Fd raw(boolean ipv6) throws LinuxException {
    int raw = Libc.socket(ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | CLOEXEC_NONBLOCK, IPPROTO_SCTP);
    if (raw == -Errno.EPERM || raw == -Errno.EACCES) {
      throw new UnsupportedFeatureException(
          -raw, "SCTP checks", "the process lacks " + Capability.CAP_NET_RAW);
    }
    return Fd.ofResult(raw, "open a raw SCTP socket");
  }

  /** A raw socket would hear every SCTP packet of the host. */
  private void filterAnswers() throws LinuxException {
    // A filter of IPv4 begins at the IP header, one of IPv6 behind it.
    filter(
        fd(),
        ipv6() ? instruction(LOAD_X, 0, 0, 0) : instruction(LOAD_X_IPV4_HEADER, 0, 0, 0),
        instruction(LOAD_BYTE_AT_X, 0, 0, CHUNK_TYPE),
        instruction(JUMP_IF_EQUAL, 1, 0, SctpInit.INIT_ACK),
        instruction(JUMP_IF_EQUAL, 0, 1, SctpInit.ABORT),
        instruction(RETURN, 0, 0, WHOLE_PACKET),
        instruction(RETURN, 0, 0, 0));
  }

  private static void filter(Fd socket, long... program) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(16, 8);
      filter.set(Bytes.U16, 0, (short) program.length);
      filter.set(ValueLayout.ADDRESS, 8, arena.allocateFrom(ValueLayout.JAVA_LONG, program));
      LinuxException.check(
          Libc.setsockopt(socket.number(), SOL_SOCKET, SO_ATTACH_FILTER, filter), "filter SCTP");
    }
  }

  private static long instruction(int code, int ifTrue, int ifFalse, int number) {
    return code | (long) ifTrue << 16 | (long) ifFalse << 24 | (long) number << 32;
  }

  private void askForErrors() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      LinuxException.check(
          Libc.setsockopt(
              fd().number(),
              ipv6() ? SOL_IPV6 : SOL_IP,
              ipv6() ? IPV6_RECVERR : IP_RECVERR,
              arena.allocateFrom(Bytes.U32, 1)),
          "ask for ICMP errors of SCTP");
    }
  }

  @Override
  void read(MemorySegment buffer, Found<Integer> found) {
    readAnswers(buffer, found);
    readErrors(buffer, found);
  }

  private void readAnswers(MemorySegment buffer, Found<Integer> found) {
    for (int i = 0; i < BATCH; i++) {
      long length = receive(buffer);
      if (length == -Errno.EAGAIN) {
        return;
      }
      SctpInit.Answer answer = length < 0 ? null : answer(buffer, length);
      if (answer != null) {
        found.accept(
            Integer.toUnsignedLong(answer.tag()), answer.willing() ? 0 : Errno.ECONNREFUSED);
      }
    }
  }

  private SctpInit.@Nullable Answer answer(MemorySegment packet, long length) {
    if (ipv6()) {
      return SctpInit.answer(packet, 0, length);
    }
    // A raw IPv4 socket hands the IP header over too.
    return length < IPV4_HEADER_LEAST_BYTES
        ? null
        : SctpInit.answer(packet, (packet.get(ValueLayout.JAVA_BYTE, 0) & 0xf) * 4L, length);
  }

  /** What an ICMP error gives back of our packet begins behind its IP header, for both families. */
  private void readErrors(MemorySegment buffer, Found<Integer> found) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(16, 8);
      vector.set(ValueLayout.ADDRESS, 0, buffer);
      vector.set(Bytes.U64, 8, buffer.byteSize());
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
      for (int i = 0; i < BATCH; i++) {
        message.set(ValueLayout.ADDRESS, MSG_IOV, vector);
        message.set(Bytes.U64, MSG_IOVLEN, 1);
        message.set(ValueLayout.ADDRESS, MSG_CONTROL, control);
        message.set(Bytes.U64, MSG_CONTROLLEN, CONTROL_BYTES);
        long length = Libc.recvmsg(fd().number(), message, MSG_ERRQUEUE);
        if (length < 0) {
          return;
        }
        OptionalInt tag = SctpInit.tagOf(buffer, length);
        if (tag.isPresent()
            && message.get(Bytes.U64, MSG_CONTROLLEN) >= CMSGHDR_BYTES + Integer.BYTES) {
          found.accept(
              Integer.toUnsignedLong(tag.getAsInt()), control.get(Bytes.U32, CMSGHDR_BYTES));
        }
      }
    }
  }
}
