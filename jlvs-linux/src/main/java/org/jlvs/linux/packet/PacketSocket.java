package org.jlvs.linux.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * Sends and receives whole Ethernet frames by one device (packet(7)). What the device's own host
 * sends is not received. The kernel takes a VLAN tag out of a frame before it is received. For one
 * thread.
 */
public final class PacketSocket implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0x80000 | 0x800;
  private static final int ETH_P_ALL = 3;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int SOCKADDR_LL_BYTES = 20;
  private static final int RECEIVE_BUFFER_BYTES = 8 << 20;
  private static final int MAX_FRAME_BYTES = 1 << 17;

  private final Fd fd;
  private final String device;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment frame = arena.allocate(MAX_FRAME_BYTES, 8);

  private PacketSocket(Fd fd, String device) {
    this.fd = fd;
    this.device = device;
  }

  /**
   * Opens a socket in the network namespace of the calling thread.
   *
   * @param device its name, for messages
   * @param index its interface index
   */
  public static PacketSocket open(String device, int index) throws LinuxException {
    // Without a protocol it hears nothing before it is bound to the device.
    int result = Libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC_NONBLOCK, 0);
    if (result < 0) {
      throw Capability.explain(-result, "open a packet socket", Capability.CAP_NET_RAW);
    }
    PacketSocket socket = new PacketSocket(Fd.of(result), device);
    try (Arena local = Arena.ofConfined()) {
      socket.setOption(local, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
      socket.setOption(local, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
      MemorySegment address = local.allocate(SOCKADDR_LL_BYTES, 4);
      address.set(Bytes.U16, 0, (short) AF_PACKET);
      address.set(Bytes.BE16, 2, (short) ETH_P_ALL);
      address.set(Bytes.U32, 4, index);
      LinuxException.check(
          Libc.bind(socket.fd.number(), address), "bind a packet socket to " + device);
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  private void setOption(Arena local, int level, int option, int value) throws LinuxException {
    LinuxException.check(
        Libc.setsockopt(fd.number(), level, option, local.allocateFrom(Bytes.U32, value)),
        "set up a packet socket of " + device);
  }

  /** Readable when a frame has come. */
  public Fd fd() {
    return fd;
  }

  /** Sends a frame; one longer than the device's MTU allows is refused by EMSGSIZE. */
  public void send(byte[] bytes) throws LinuxException {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, frame, 0, bytes.length);
    long sent;
    do {
      sent = Libc.sendto(fd.number(), frame, bytes.length, 0, MemorySegment.NULL);
    } while (sent == -Errno.EINTR);
    LinuxException.check((int) sent, "send a frame of " + bytes.length + " bytes by " + device);
  }

  /** A frame that has come; empty when there is none. */
  public Optional<byte[]> receive() throws LinuxException {
    long length;
    do {
      length =
          Libc.recvfrom(
              fd.number(), frame, frame.byteSize(), 0, MemorySegment.NULL, MemorySegment.NULL);
    } while (length == -Errno.EINTR);
    if (length == -Errno.EAGAIN) {
      return Optional.empty();
    }
    LinuxException.check((int) length, "receive a frame by " + device);
    return Optional.of(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void close() {
    fd.close();
    arena.close();
  }
}
