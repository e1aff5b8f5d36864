package org.jlvs.xdp;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Output;
import org.jlvs.core.net.Packet;
import org.jlvs.linux.bpf.RingBuffer;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteMonitor;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.jlvs.linux.xsk.XskSocket;

/**
 * What the engine thread does: takes the packets that the program sends up, hands them to the
 * director, sends what comes out, runs other threads' tasks between packets, and follows the host's
 * interfaces and neighbours. All of it on one thread.
 */
final class EngineLoop implements Output {
  private static final System.Logger LOG = System.getLogger(EngineLoop.class.getName());

  private static final int BATCH = 64;
  private static final int TASKS_AT_ONCE = 64;
  private static final long TICK_NANOS = 1_000_000;

  /** How long the network's changes may wait while packets keep coming. */
  private static final long LOOK_NANOS = 10_000_000;

  private static final long IDLE_NANOS = 100_000_000;
  private static final long BACKLOG_NANOS = 1_000_000;
  private static final long OBSTACLES_NANOS = 5_000_000_000L;

  /**
   * Length of the IP packets that a TCP packet is cut into that its sender has left to its device.
   * The length the sender had in mind is not in the packet, but each way that takes IPv6 takes this
   * one, and its sender knows of a way that doesn't.
   */
  private static final int SEGMENT_BYTES = 1280;

  private final FrameHandler handler;
  private final Interfaces interfaces;
  private final HopTable hops;
  private final HostDelivery delivery;
  private final RingBuffer sent;
  private final RingBuffer.Consumer answering = this::answered;
  private final RouteMonitor monitor;
  private final NetworkFollower follower;
  private final EngineTasks tasks;
  private final EventFd wake;
  private final PollSet polled = new PollSet();
  private final Packet packet = new Packet();
  private final LongFrame longFrame = new LongFrame();
  private final UnfinishedChecksums checksums = new UnfinishedChecksums();
  private final TcpSegmenter segmenter = new TcpSegmenter();
  private final TcpSegmenter.Sink handling = this::handle;
  private final PendingPackets pending = new PendingPackets();
  private final PendingPackets.Sender pendingSender = this::send;

  private long now;
  private long lastTick;
  private long lastLook;
  private long lastObstacles = System.nanoTime();
  private volatile boolean stopping;

  /* Read by other threads through tasks. */
  private long received;
  private long transmitted;
  private long delivered;
  private long unresolved;
  private long undeliverable;
  private long failed;

  EngineLoop(
      FrameHandler handler,
      Interfaces interfaces,
      HopTable hops,
      HostDelivery delivery,
      RingBuffer sent,
      RouteMonitor monitor,
      NetworkFollower follower,
      EngineTasks tasks,
      EventFd wake) {
    this.handler = handler;
    this.interfaces = interfaces;
    this.hops = hops;
    this.delivery = delivery;
    this.sent = sent;
    this.monitor = monitor;
    this.follower = follower;
    this.tasks = tasks;
    this.wake = wake;
  }

  /** Takes what is known of the network now; later changes come by the monitor. */
  void begin() throws IOException {
    int _ = polled.add(wake.fd(), PollSet.READABLE);
    int _ = polled.add(sent.fd(), PollSet.READABLE);
    int _ = polled.add(monitor.fd(), PollSet.READABLE);
    interfaces.onSocketChange(
        socket -> {
          int _ = polled.add(socket.fd(), PollSet.READABLE);
        },
        socket -> polled.remove(socket.fd()));
    follower.refresh();
    hops.resolveAll();
  }

  /** Works until {@link #stop}. */
  void run() {
    try {
      while (!stopping) {
        try {
          turn();
        } catch (RuntimeException e) {
          failed(e);
        }
      }
    } finally {
      tasks.end();
      polled.close();
    }
  }

  private void turn() {
    now = System.nanoTime();
    int packets = sent.read(BATCH, answering) + receiveAll();
    int done = tasks.run(TASKS_AT_ONCE);
    if (done > 0 || now - lastTick >= TICK_NANOS) {
      tick();
    }
    boolean backlog = flush();
    if (packets == 0 && done == 0) {
      boolean soon = backlog || pending.count() > 0 || handler.hasWork();
      await(soon ? BACKLOG_NANOS : IDLE_NANOS);
    } else if (now - lastLook >= LOOK_NANOS) {
      await(0);
    }
  }

  /** One bad packet must not end the director; neither must it fill the log. */
  private void failed(RuntimeException e) {
    failed++;
    if (Long.bitCount(failed) == 1) {
      LOG.log(Level.ERROR, "an error in the engine, the " + failed + ". so far", e);
    }
  }

  /** Ends {@link #run} soon; any thread. */
  void stop() {
    stopping = true;
    wake.signal();
  }

  PlaneStatus.Packets packets() {
    return new PlaneStatus.Packets(
        received, transmitted, delivered, unresolved, undeliverable, failed);
  }

  private int receiveAll() {
    int packets = 0;
    List<Port> ports = interfaces.receiving();
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      List<XskSocket> sockets = port.sockets();
      for (int j = 0; j < sockets.size(); j++) {
        packets += receive(sockets.get(j), port.link());
      }
    }
    received += packets;
    return packets;
  }

  private int receive(XskSocket socket, Link link) {
    int count = socket.receive(BATCH);
    int frames = 0;
    for (int i = 0; i < count; i++) {
      frames++;
      if (socket.receivedContinues(i)) {
        i = longFrame.gather(socket, i, count);
        receive(longFrame.memory(), longFrame.offset(), longFrame.length(), link);
      } else {
        receive(socket.memory(), socket.receivedOffset(i), socket.receivedLength(i), link);
      }
    }
    socket.release();
    return frames;
  }

  /** Makes of a frame what would have been on a wire: finished, and no longer than that takes. */
  private void receive(MemorySegment memory, long offset, int length, Link link) {
    if (!Frames.carriesIp(memory, offset, length)) {
      return;
    }
    packet.wrap(memory, offset + Frames.HEADER_BYTES, length - Frames.HEADER_BYTES, link.index());
    boolean cut =
        packet.length() > link.mtu()
            && segmenter.cut(packet, Math.min(SEGMENT_BYTES, link.mtu()), handling);
    if (!cut) {
      checksums.finish(packet);
      handle(packet);
    }
  }

  private void handle(Packet received) {
    try {
      handler.receive(received, now, this);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** What the host's own servers have sent; that the program has counted. */
  private void answered(MemorySegment memory, long offset, int length) {
    int bytes = memory.get(ValueLayout.JAVA_INT, offset + DirectorLayout.SENT_LENGTH);
    packet.wrap(memory, offset + DirectorLayout.SENT_PACKET, bytes, 0);
    try {
      handler.answered(packet, now);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void tick() {
    lastTick = now;
    handler.advance(now, this);
    if (pending.count() > 0) {
      unresolved += pending.settle(hops::isResolved, pendingSender, now);
    }
    if (now - lastObstacles >= OBSTACLES_NANOS) {
      lastObstacles = now;
      interfaces.tryObstaclesAgain();
    }
  }

  /** Lets queued frames go; whether some are left. */
  private boolean flush() {
    boolean backlog = false;
    List<Port> ports = interfaces.sending();
    for (int i = 0; i < ports.size(); i++) {
      backlog |= flush(ports.get(i)) > 0;
    }
    return backlog;
  }

  private static int flush(Port port) {
    try {
      return port.flush();
    } catch (LinuxException e) {
      // The device is on its way out; the monitor tells when it is gone.
      LOG.log(Level.DEBUG, "{0}: {1}", port.link().name(), e.getMessage());
      return 1;
    }
  }

  private void await(long nanos) {
    lastLook = now;
    try {
      if (polled.await(nanos) > 0) {
        boolean _ = wake.drain();
        monitor.read(follower::follow);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "can''t follow the network''s changes: {0}", e.getMessage());
    }
  }

  @Override
  public void transmit(Hop hop, Packet outgoing) {
    int number = hop.number();
    if (!hops.contains(number)) {
      undeliverable++;
    } else if (hops.isResolved(number)) {
      send(number, outgoing);
    } else {
      int waiting = pending.add(number, outgoing, now);
      if (waiting == 0) {
        unresolved++;
      } else if (waiting == 1) {
        hops.resolve(hop.interfaceIndex(), hops.neighbour(number));
      }
    }
  }

  private void send(int hop, Packet outgoing) {
    Port port = interfaces.sendingBy(hops.interfaceIndex(hop));
    if (port == null) {
      undeliverable++;
      return;
    }
    long destination = hops.destination(hop);
    if (port.send(destination, outgoing) || flush(port) >= 0 && port.send(destination, outgoing)) {
      transmitted++;
    } else {
      undeliverable++;
    }
  }

  @Override
  public void deliver(Packet incoming) {
    int index = incoming.inInterface();
    Link in = index == 0 ? interfaces.loopback() : interfaces.link(index);
    if (in == null) {
      undeliverable++;
      return;
    }
    try {
      delivery.deliver(incoming, in.index(), Port.wire(in.mac()));
      delivered++;
    } catch (IOException e) {
      if (undeliverable++ == 0) {
        LOG.log(Level.WARNING, "a packet was not given to the host: {0}", e.getMessage());
      }
    }
  }

  /** Told of a socket. */
  interface SocketListener {
    void changed(XskSocket socket);
  }
}
