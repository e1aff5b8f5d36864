package org.jlvs.linux.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;

/**
 * Sends datagrams to a unix socket (unix(7)), which the JDK's channels can't. Each datagram names
 * the socket anew, so that a receiver that has been started again gets the next. Safe for all
 * threads.
 */
public final class UnixDatagrams implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0x80000 | 0x800;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int PATH_BYTES = 108;

  private final Fd fd;
  private final String path;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment address;

  private UnixDatagrams(Fd fd, String path) {
    this.fd = fd;
    this.path = path;
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    address = arena.allocate(2 + name.length + 1, 2);
    address.set(Bytes.U16, 0, (short) AF_UNIX);
    MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
  }

  /**
   * Opens a socket; whether anybody receives shows when something is sent.
   *
   * @param path of the receiver's socket, of 107 bytes at most
   */
  public static UnixDatagrams to(String path) throws LinuxException {
    if (path.getBytes(StandardCharsets.UTF_8).length >= PATH_BYTES) {
      throw new IllegalArgumentException("too long for a unix socket: " + path);
    }
    int result = Libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0);
    return new UnixDatagrams(Fd.ofResult(result, "open a unix datagram socket"), path);
  }

  /** Sends one datagram. A receiver that is full refuses it by EAGAIN. */
  public void send(byte[] datagram) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment bytes = local.allocateFrom(ValueLayout.JAVA_BYTE, datagram);
      long sent;
      do {
        sent = Libc.sendto(fd.number(), bytes, datagram.length, MSG_NOSIGNAL, address);
      } while (sent == -Errno.EINTR);
      LinuxException.check((int) sent, "send to " + path);
    }
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
