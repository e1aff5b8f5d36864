package org.jlvs.linux.xsk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.BitSet;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.bpf.SampleObject;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An echo by AF_XDP on the left answers UDP packets of an ordinary socket on the right. */
@Tag("system")
class XskSystemTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int PACKETS = 5000;
  private static final int IN_FLIGHT = 64;
  private static final int BATCH = 64;

  private VethPair pair;
  private RouteSocket netlink;
  private BpfObject object;
  private Link link;

  @BeforeEach
  void makeNetwork() throws Exception {
    pair = VethPair.create();
    netlink = pair.left().run(RouteSocket::open);
    link = netlink.link("left").orElseThrow();
    object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
    pair.exec("right", "ethtool", "-K", "right", "tx", "off");
    pair.ip("right", "neigh", "add", "10.9.0.1", "lladdr", link.mac().toString(), "dev", "right");
  }

  @AfterEach
  void removeNetwork() throws Exception {
    if (object != null) {
      object.close();
    }
    if (netlink != null) {
      netlink.close();
    }
    if (pair != null) {
      pair.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = XdpMode.class,
      names = {"NATIVE", "GENERIC"})
  void everyFrameIsReceivedAndSentBack(XdpMode mode) throws Exception {
    netlink.attachXdp(link.index(), object.program("to_socket").fd(), mode);
    try (XskSocket socket = open(XskConfig.of(link.index(), 0).withFrames(256, 128));
        DatagramChannel client = client()) {
      object.map("sockets").update(0, socket.fd().number());
      BitSet answered = new BitSet(PACKETS);
      ByteBuffer packet = ByteBuffer.allocate(200);
      int sent = 0;
      long deadline = System.nanoTime() + 20 * SECOND;
      try (PollSet poll = new PollSet()) {
        poll.add(socket.fd(), PollSet.READABLE);
        while (answered.cardinality() < PACKETS && System.nanoTime() < deadline) {
          for (; sent < PACKETS && sent - answered.cardinality() < IN_FLIGHT; sent++) {
            packet.clear().putInt(0, sent);
            client.write(packet);
          }
          poll.await(SECOND / 10);
          echo(socket);
          packet.clear();
          while (client.read(packet) > 0) {
            answered.set(packet.getInt(0));
            packet.clear();
          }
        }
      }
      assertThat(answered.cardinality()).isEqualTo(PACKETS);
      assertThat(socket.flush()).isZero();
      assertThat(socket.freeChunks()).as("sending chunks come back").isEqualTo(128);
      assertThat(socket.statistics())
          .isEqualTo(new XskStatistics(0, 0, 0, 0, 0, socket.statistics().transmitRingEmpty()));
      assertThat(socket.isZeroCopy()).isFalse();
    }
  }

  @Test
  void framesBeyondTheChunksAreHeldBackUntilSomeHaveLeft() throws Exception {
    try (XskSocket socket = open(XskConfig.of(link.index(), 0).withFrames(64, 64))) {
      pair.ip("left", "link", "set", "left", "down");
      int queued = queueFrames(socket, 100);
      assertThat(queued).isEqualTo(64);
      assertThat(socket.flush()).as("a device that is down takes nothing").isEqualTo(64);
      pair.ip("left", "link", "set", "left", "up");
      long deadline = System.nanoTime() + 5 * SECOND;
      int left = socket.flush();
      while (left > 0 && System.nanoTime() < deadline) {
        Thread.sleep(10);
        left = socket.flush();
      }
      assertThat(left).isZero();
      assertThat(queueFrames(socket, 100)).isEqualTo(64);
      assertThat(socket.flush()).isZero();
    }
  }

  @Test
  void theQueueOfASocketJustClosedIsTakenOver() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (XskSocket socket = open(XskConfig.of(link.index(), 0).withFrames(64, 64))) {
        assertThat(socket.fd().isOpen()).isTrue();
      }
    }
  }

  @Test
  void aQueueInUseIsSaidAfterSomePatience() throws Exception {
    XskConfig config = new XskConfig(link.index(), 0, 64, 64, false, Duration.ofMillis(50));
    try (XskSocket first = open(config)) {
      assertThat(first.receive(BATCH)).isZero();
      assertThatThrownBy(() -> open(config))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
          .hasMessage("bind AF_XDP socket of interface %d, queue 0: EBUSY (in use)", link.index());
    }
  }

  @Test
  void aDriverWithoutZeroCopyCopies() throws Exception {
    netlink.attachXdp(link.index(), object.program("to_socket").fd(), XdpMode.NATIVE);
    try (XskSocket socket = open(XskConfig.of(link.index(), 0).withFrames(64, 64).withZeroCopy())) {
      assertThat(socket.isZeroCopy()).isFalse();
    }
  }

  @Test
  void anAbsentDeviceOrQueueIsNamed() {
    assertThatThrownBy(() -> open(XskConfig.of(4711, 0).withFrames(64, 64)))
        .isInstanceOf(LinuxException.class)
        .hasMessage("bind AF_XDP socket of interface 4711, queue 0: ENODEV (no such device)");
    assertThatThrownBy(() -> open(XskConfig.of(link.index(), 900).withFrames(64, 64)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("queue 900: EINVAL");
    assertThatThrownBy(() -> open(XskConfig.of(link.index(), 0).withFrames(100, 64)))
        .hasMessageContaining("ring of 100 entries");
  }

  private XskSocket open(XskConfig config) throws Exception {
    return pair.left().run(() -> XskSocket.open(config));
  }

  private DatagramChannel client() throws Exception {
    return pair.right()
        .run(
            () -> {
              DatagramChannel channel = DatagramChannel.open();
              channel.configureBlocking(false);
              return channel.connect(new InetSocketAddress("10.9.0.1", 7));
            });
  }

  /** Sends every frame back with source and destination exchanged. */
  private static void echo(XskSocket socket) throws Exception {
    MemorySegment memory = socket.memory();
    int count = socket.receive(BATCH);
    for (int i = 0; i < count; i++) {
      long from = socket.receivedOffset(i);
      int length = socket.receivedLength(i);
      assertThat(from % 4096).isGreaterThanOrEqualTo(256);
      if (length < 42 || memory.get(ValueLayout.JAVA_BYTE, from + 23) != 17) {
        continue;
      }
      long to = socket.reserve();
      assertThat(to).isNotNegative();
      MemorySegment.copy(memory, from, memory, to, length);
      MemorySegment.copy(memory, from, memory, to + 6, 6);
      MemorySegment.copy(memory, from + 6, memory, to, 6);
      MemorySegment.copy(memory, from + 26, memory, to + 30, 4);
      MemorySegment.copy(memory, from + 30, memory, to + 26, 4);
      MemorySegment.copy(memory, from + 34, memory, to + 36, 2);
      MemorySegment.copy(memory, from + 36, memory, to + 34, 2);
      socket.send(to, length);
    }
    socket.release();
    socket.flush();
  }

  private static int queueFrames(XskSocket socket, int count) {
    for (int i = 0; i < count; i++) {
      long chunk = socket.reserve();
      if (chunk < 0) {
        return i;
      }
      socket.memory().set(ValueLayout.JAVA_LONG, chunk, -1);
      socket.send(chunk, 60);
    }
    return count;
  }
}
