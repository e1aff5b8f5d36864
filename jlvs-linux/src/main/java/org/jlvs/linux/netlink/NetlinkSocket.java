package org.jlvs.linux.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/**
 * A netlink socket, in the network namespace of the thread that opened it. Safe for all threads;
 * requests wait for each other.
 */
final class NetlinkSocket implements AutoCloseable {
  static final int ROUTE = 0;
  static final int NETFILTER = 12;
  static final int GENERIC = 16;

  static final int REQUEST = 1;
  static final int ACK = 4;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int CREATE = 0x400;

  private static final int DUMP_INTERRUPTED = 0x10;
  private static final int ACK_TLVS = 0x200;
  private static final int CAPPED = 0x100;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLMSGERR_ATTR_MSG = 1;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int ADDRESS_BYTES = 12;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVTIMEO = 20;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int MSG_TRUNC = 0x20;

  /** The kernel fills no larger buffer in a dump; notifications are smaller. */
  private static final int BUFFER_BYTES = 64 << 10;

  private static final int SUBSCRIPTION_BUFFER_BYTES = 1 << 20;
  private static final long ANSWER_SECONDS = 5;
  private static final int DUMP_ATTEMPTS = 10;

  private final Fd fd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
  private final MemorySegment sender = arena.allocate(ADDRESS_BYTES, 8);
  private final MemorySegment senderLength = arena.allocate(4, 4);
  private int sequence;

  private NetlinkSocket(Fd fd) {
    this.fd = fd;
  }

  /** A socket for requests. */
  static NetlinkSocket open(int protocol) throws LinuxException {
    return open(protocol, 0, 0);
  }

  /**
   * A socket that hears notifications; reading it never waits.
   *
   * @param groups numbers of multicast groups (RTNLGRP_, NFNLGRP_), 1 to 32
   */
  static NetlinkSocket subscribe(int protocol, int... groups) throws LinuxException {
    int mask = 0;
    for (int group : groups) {
      mask |= 1 << (group - 1);
    }
    return open(protocol, mask, SOCK_NONBLOCK);
  }

  private static NetlinkSocket open(int protocol, int groups, int typeFlags) throws LinuxException {
    int result = Libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC | typeFlags, protocol);
    if (result == -Errno.EPROTONOSUPPORT) {
      throw new UnsupportedFeatureException(
          -result, "netlink protocol " + protocol, "the kernel is built without it");
    }
    NetlinkSocket socket = new NetlinkSocket(Fd.ofResult(result, "open a netlink socket"));
    try {
      socket.prepare(groups);
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  private void prepare(int groups) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment address = local.allocate(ADDRESS_BYTES, 4);
      address.set(Bytes.U16, 0, (short) AF_NETLINK);
      address.set(Bytes.U32, 8, groups);
      int bound = Libc.bind(fd.number(), address);
      if (bound < 0) {
        throw Capability.explain(
            -bound, "subscribe to netlink notifications", Capability.CAP_NET_ADMIN);
      }
      MemorySegment timeout = local.allocate(16, 8);
      timeout.set(Bytes.U64, 0, ANSWER_SECONDS);
      LinuxException.check(
          Libc.setsockopt(fd.number(), SOL_SOCKET, SO_RCVTIMEO, timeout), "set SO_RCVTIMEO");
      // Kernels before 4.12 lack the option: their errors then come without text.
      var _ =
          Libc.setsockopt(
              fd.number(), SOL_NETLINK, NETLINK_EXT_ACK, local.allocateFrom(Bytes.U32, 1));
      if (groups != 0) {
        LinuxException.check(
            Libc.setsockopt(
                fd.number(),
                SOL_SOCKET,
                SO_RCVBUF,
                local.allocateFrom(Bytes.U32, SUBSCRIPTION_BUFFER_BYTES)),
            "set SO_RCVBUF");
      }
    }
  }

  Fd fd() {
    return fd;
  }

  /**
   * Sends a request without answer but its acknowledgement.
   *
   * @param context what is asked for, for the error
   */
  void execute(MessageBuilder message, String context) throws LinuxException {
    var _ = exchange(message, context);
  }

  /** Sends a request for one message; the first answer. */
  Optional<NetlinkMessage> get(MessageBuilder message, String context) throws LinuxException {
    return exchange(message, context).stream().findFirst();
  }

  /** Sends a dump request, again when the kernel says that things changed meanwhile. */
  List<NetlinkMessage> dump(MessageBuilder message, String context) throws LinuxException {
    List<NetlinkMessage> answers = List.of();
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      answers = exchange(message, context);
      if (answers.stream().noneMatch(answer -> (answer.flags() & DUMP_INTERRUPTED) != 0)) {
        return answers;
      }
    }
    return answers;
  }

  private synchronized List<NetlinkMessage> exchange(MessageBuilder message, String context)
      throws LinuxException {
    sequence = sequence == Integer.MAX_VALUE ? 1 : sequence + 1;
    send(message.build(sequence), context);
    List<NetlinkMessage> answers = new ArrayList<>();
    while (true) {
      for (NetlinkMessage answer : receive(context)) {
        if (answer.sequence() != sequence) {
          continue;
        }
        switch (answer.type()) {
          case NLMSG_DONE -> {
            failOn(answer, context, 4);
            return answers;
          }
          case NLMSG_ERROR -> {
            failOn(answer, context, 0);
            return answers;
          }
          default -> answers.add(answer);
        }
      }
    }
  }

  private void send(byte[] message, String context) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment data = local.allocate(message.length, 8);
      data.copyFrom(MemorySegment.ofArray(message));
      MemorySegment kernel = local.allocate(ADDRESS_BYTES, 4);
      kernel.set(Bytes.U16, 0, (short) AF_NETLINK);
      long sent;
      do {
        sent = Libc.sendto(fd.number(), data, message.length, 0, kernel);
      } while (sent == -Errno.EINTR);
      LinuxException.check((int) sent, context);
    }
  }

  private List<NetlinkMessage> receive(String context) throws LinuxException {
    long received = receiveOnce();
    if (received < 0) {
      throw new LinuxException(
          (int) -received,
          received == -Errno.EAGAIN
              ? context + ": the kernel didn't answer within " + ANSWER_SECONDS + " s"
              : context);
    }
    return messages(received);
  }

  /**
   * Takes one datagram of notifications.
   *
   * @return its messages; empty when nothing is there
   * @throws LinuxException ENOBUFS when notifications were lost
   */
  synchronized Optional<List<NetlinkMessage>> poll() throws LinuxException {
    long received = receiveOnce();
    if (received == -Errno.EAGAIN) {
      return Optional.empty();
    }
    if (received < 0) {
      throw new LinuxException((int) -received, "read netlink notifications");
    }
    return Optional.of(messages(received));
  }

  private long receiveOnce() {
    long received;
    do {
      senderLength.set(Bytes.U32, 0, ADDRESS_BYTES);
      received = Libc.recvfrom(fd.number(), buffer, BUFFER_BYTES, MSG_TRUNC, sender, senderLength);
    } while (received == -Errno.EINTR);
    return received;
  }

  /** Only the kernel's own (port 0) and whole ones; other processes may send here too. */
  private List<NetlinkMessage> messages(long received) {
    if (received > BUFFER_BYTES || sender.get(Bytes.U32, 4) != 0) {
      return List.of();
    }
    byte[] bytes = buffer.asSlice(0, received).toArray(ValueLayout.JAVA_BYTE);
    return NetlinkMessage.parse(ByteBuffer.wrap(bytes));
  }

  /** Throws what an NLMSG_ERROR or NLMSG_DONE says, with the kernel's own words if it has some. */
  private static void failOn(NetlinkMessage answer, String context, int doneHeader)
      throws LinuxException {
    int error = answer.hasHeader(Integer.BYTES) ? answer.s32(0) : 0;
    if (error >= 0) {
      return;
    }
    String text = "";
    if ((answer.flags() & ACK_TLVS) != 0) {
      text = answer.attributes(attributesStart(answer, doneHeader)).text(NLMSGERR_ATTR_MSG, "");
    }
    String full = text.isEmpty() ? context : context + ": " + text;
    throw Capability.explain(-error, full, Capability.CAP_NET_ADMIN);
  }

  /** After the error number comes the request's header, and its payload unless it is capped. */
  private static int attributesStart(NetlinkMessage answer, int doneHeader) {
    if (doneHeader != 0) {
      return doneHeader;
    }
    int requestAt = Integer.BYTES;
    if (!answer.hasHeader(requestAt + MessageBuilder.HEADER_BYTES)) {
      return answer.payload().limit();
    }
    int requestBytes =
        (answer.flags() & CAPPED) != 0 ? MessageBuilder.HEADER_BYTES : answer.s32(requestAt);
    return requestBytes < 0 || requestBytes > answer.payload().limit()
        ? answer.payload().limit()
        : requestAt + MessageBuilder.align(requestBytes);
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
