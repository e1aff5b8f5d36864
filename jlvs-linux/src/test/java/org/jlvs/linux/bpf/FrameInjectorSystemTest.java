package org.jlvs.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.ethtool.Ethtool;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("system")
class FrameInjectorSystemTest {
  private static final int UDP_PORT = 4000;

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
  @ValueSource(strings = {"NONE", "NATIVE", "GENERIC"})
  void aFrameThatPassesReachesTheHostsStack(String attached) throws Exception {
    if (!attached.equals("NONE")) {
      netlink.attachXdp(link.index(), object.program("to_socket").fd(), XdpMode.valueOf(attached));
    }
    pair.left()
        .run(
            () -> {
              try (DatagramChannel server = DatagramChannel.open();
                  FrameInjector injector = new FrameInjector(object.program("pass"));
                  Arena arena = Arena.ofConfined()) {
                server.bind(new InetSocketAddress("10.9.0.1", UDP_PORT));
                server.configureBlocking(false);
                for (int payload : new int[] {0, 1, 18, 1000, 1472}) {
                  byte[] frame = datagram(link.mac().bytes(), payload);
                  MemorySegment data = arena.allocate(frame.length + 3);
                  MemorySegment.copy(MemorySegment.ofArray(frame), 0, data, 3, frame.length);

                  injector.inject(data, 3, frame.length, link.index(), 3);

                  for (int copy = 0; copy < 3; copy++) {
                    ByteBuffer received = ByteBuffer.allocate(2000);
                    assertThat(server.receive(received))
                        .as("%d bytes, copy %d", payload, copy)
                        .isEqualTo(new InetSocketAddress("10.9.0.2", 5000));
                    assertThat(received.position()).isEqualTo(payload);
                  }
                  assertThat(server.receive(ByteBuffer.allocate(1))).isNull();
                }
                return null;
              }
            });
  }

  @Test
  void aRedirectedFrameLeavesByItsDevice() throws Exception {
    BpfProgram pass = object.program("pass");
    try (RouteSocket right = pair.right().run(RouteSocket::open);
        Ethtool ethtool = pair.right().run(Ethtool::open)) {
      Link peer = right.link("right").orElseThrow();
      right.attachXdp(peer.index(), pass.fd(), XdpMode.NATIVE);
      pair.left()
          .run(
              () -> {
                object.map("devices").update(1, link.index());
                try (FrameInjector injector = new FrameInjector(object.program("to_device"));
                    Arena arena = Arena.ofConfined()) {
                  MemorySegment data = arena.allocate(60);
                  data.fill((byte) 0xff);
                  injector.inject(data, 0, 60, link.index(), 10);
                  return null;
                }
              });
      Map<String, Long> statistics = ethtool.statistics("right");
      // IPv6 sends a frame or two of its own when a device comes up.
      assertThat(statistics.get("rx_queue_0_xdp_packets")).isBetween(10L, 19L);
    }
  }

  @Test
  void theLargestFrameIsTakenAndOneForAnAbsentDeviceIsRefused() throws Exception {
    pair.left()
        .run(
            () -> {
              try (FrameInjector injector = new FrameInjector(object.program("pass"));
                  Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocate(FrameInjector.MAX_FRAME_BYTES + 1);
                injector.inject(data, 0, FrameInjector.MAX_FRAME_BYTES, link.index(), 1);
                assertThatThrownBy(
                        () ->
                            injector.inject(
                                data, 0, FrameInjector.MAX_FRAME_BYTES + 1, link.index(), 1))
                    .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> injector.inject(data, 0, 60, 4711, 1))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageStartingWith("inject a frame at interface 4711: ");
                return null;
              }
            });
  }

  /** A UDP datagram from 10.9.0.2:5000 to 10.9.0.1:4000, without UDP checksum. */
  private static byte[] datagram(byte[] destinationMac, int payload) {
    ByteBuffer frame = ByteBuffer.allocate(42 + payload);
    frame.put(destinationMac).put(new byte[] {2, 0, 0, 0, 0, 9}).putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) (28 + payload)).putInt(0);
    frame.put((byte) 64).put((byte) 17).putShort((short) 0).putInt(0x0a090002).putInt(0x0a090001);
    frame.putShort((short) 5000).putShort((short) UDP_PORT);
    frame.putShort((short) (8 + payload)).putShort((short) 0);
    int sum = 0;
    for (int at = 14; at < 34; at += 2) {
      sum += Short.toUnsignedInt(frame.getShort(at));
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    frame.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
    return frame.array();
  }
}
