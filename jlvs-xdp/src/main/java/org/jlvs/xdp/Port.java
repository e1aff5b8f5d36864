package org.jlvs.xdp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.net.Packet;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.MacAddress;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.xsk.XskConfig;
import org.jlvs.linux.xsk.XskSocket;
import org.jspecify.annotations.Nullable;

/**
 * An interface as the engine thread uses it: AF_XDP sockets, one for each of its queues when it
 * receives, one when it only sends.
 */
final class Port implements AutoCloseable {
  /** Memory of all sockets of a port together: 4 kB a frame. */
  private static final int FRAMES = 4096;

  private static final int LEAST_FRAMES = 256;

  private final List<XskSocket> sockets;
  private Link link;
  private long mac;

  private Port(Link link, List<XskSocket> sockets) {
    this.sockets = sockets;
    this.link = link;
    this.mac = wire(link.mac());
  }

  /** Opens sockets for all receive queues that the interface uses. */
  static Port receiving(Link link) throws LinuxException {
    return open(link, Math.max(1, link.rxQueues()));
  }

  /** Opens a socket to send by. */
  static Port sending(Link link) throws LinuxException {
    return open(link, 1);
  }

  private static Port open(Link link, int queues) throws LinuxException {
    int frames = Math.max(LEAST_FRAMES, Integer.highestOneBit(FRAMES / 2 / queues));
    List<XskSocket> sockets = new ArrayList<>();
    try {
      for (int queue = 0; queue < queues; queue++) {
        sockets.add(XskSocket.open(XskConfig.of(link.index(), queue).withFrames(frames, frames)));
      }
    } catch (LinuxException e) {
      // A driver may have more queues than it uses now.
      if (e.errno() != Errno.EINVAL || sockets.isEmpty()) {
        sockets.forEach(XskSocket::close);
        throw e;
      }
    }
    return new Port(link, sockets);
  }

  Link link() {
    return link;
  }

  void link(Link changed) {
    link = changed;
    mac = wire(changed.mac());
  }

  /** Its own MAC address, in the low six bytes in wire order. */
  long mac() {
    return mac;
  }

  List<XskSocket> sockets() {
    return sockets;
  }

  /** Queues a frame to be sent; false when there is no room for it or it is too long. */
  boolean send(long destination, Packet packet) {
    XskSocket socket = sockets.getFirst();
    if (packet.length() > XskSocket.MAX_FRAME_BYTES - Frames.HEADER_BYTES) {
      return socket.takesLongFrames() && sendInChunks(socket, destination, packet);
    }
    long offset = socket.reserve();
    if (offset < 0) {
      return false;
    }
    socket.send(offset, Frames.write(socket.memory(), offset, destination, mac, packet));
    return true;
  }

  /** A jumbo frame: each chunk of it but the last is full. */
  private boolean sendInChunks(XskSocket socket, long destination, Packet packet) {
    int left = Frames.HEADER_BYTES + packet.length();
    if (!socket.canReserve(Math.ceilDiv(left, XskSocket.MAX_FRAME_BYTES))) {
      return false;
    }
    int sent = 0;
    while (left > 0) {
      long offset = socket.reserve();
      int size = Math.min(left, XskSocket.MAX_FRAME_BYTES);
      int header = sent == 0 ? Frames.HEADER_BYTES : 0;
      if (header > 0) {
        Frames.writeHeader(socket.memory(), offset, destination, mac, packet);
      }
      MemorySegment.copy(
          packet.buffer(), packet.start() + sent, socket.memory(), offset + header, size - header);
      sent += size - header;
      left -= size;
      socket.send(offset, size, left > 0);
    }
    return true;
  }

  /** Lets queued frames go; how many still wait. */
  int flush() throws LinuxException {
    return sockets.getFirst().flush();
  }

  @Override
  public void close() {
    sockets.forEach(XskSocket::close);
  }

  /** A MAC address in the low six bytes, in wire order; 0 for none. */
  static long wire(@Nullable MacAddress mac) {
    return mac == null ? 0 : Long.reverseBytes(mac.bits()) >>> 16;
  }
}
