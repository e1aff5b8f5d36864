package org.jlvs.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodecTest {
  private static final int SEED = 7;

  @Test
  void aMessageIsHeaderThenAlignedAttributes() {
    MessageBuilder builder = new MessageBuilder(16, 4).u8(1).u8(2).u16(0x0403);
    int nested = builder.startNested(18);
    builder.attribute(1, "ab").endAttribute(nested).attribute(4, 1500);

    assertThat(HexFormat.ofDelimiter(" ").formatHex(builder.build(9)))
        .isEqualTo(
            "28 00 00 00 10 00 05 00 09 00 00 00 00 00 00 00 "
                + "01 02 03 04 "
                + "0c 00 12 80 07 00 01 00 61 62 00 00 "
                + "08 00 04 00 dc 05 00 00");
  }

  @Test
  void whatIsBuiltIsReadBack() throws Exception {
    Link link = Link.parse(only(link().build(1))).orElseThrow();

    assertThat(link)
        .isEqualTo(
            new Link(
                7,
                "eth7",
                "veth",
                new MacAddress(0x0200_5e00_5301L),
                9000,
                0x1043,
                3,
                8,
                4,
                Optional.of(new Link.AttachedProgram(XdpMode.GENERIC, 42))));
    assertThat(link.mac()).hasToString("02:00:5e:00:53:01");
    assertThat(link.isUp()).isTrue();
    assertThat(link.isRunning()).isTrue();
  }

  @Test
  void aSpreadRouteHasSeveralNextHops() throws Exception {
    byte[] hops =
        HexFormat.of()
            .parseHex(
                "1000000003000000" + "080005000a000001" + "1000000104000000" + "080005000a000002");
    byte[] message =
        new MessageBuilder(RouteSocket.RTM_NEWROUTE, 0)
            .u8(2)
            .u8(0)
            .u16(0)
            .u8(254)
            .u8(0)
            .u8(0)
            .u8(1)
            .u32(0)
            .attribute(9, hops)
            .attribute(6, 100)
            .build(1);

    assertThat(Route.parse(only(message)))
        .contains(
            new Route(
                InetAddress.getByName("0.0.0.0"),
                0,
                Route.Type.UNICAST,
                Route.TABLE_MAIN,
                100,
                null,
                List.of(
                    new Route.NextHop(3, InetAddress.getByName("10.0.0.1"), 1),
                    new Route.NextHop(4, InetAddress.getByName("10.0.0.2"), 2)),
                0));
  }

  @Test
  void aGatewayMayBeOfTheOtherFamily() throws Exception {
    byte[] via = new byte[18];
    via[0] = 10;
    via[2] = (byte) 0xfe;
    via[3] = (byte) 0x80;
    via[17] = 1;
    byte[] message =
        new MessageBuilder(RouteSocket.RTM_NEWROUTE, 0)
            .u8(2)
            .u8(24)
            .u16(0)
            .u32(0x01_00_00_fe)
            .u32(0)
            .attribute(1, new byte[] {10, 1, 2, 0})
            .attribute(4, 5)
            .attribute(18, via)
            .build(1);

    Route route = Route.parse(only(message)).orElseThrow();

    assertThat(route.nextHops())
        .containsExactly(new Route.NextHop(5, InetAddress.getByName("fe80::1"), 1));
    assertThat(route.type()).isEqualTo(Route.Type.UNICAST);
  }

  @Test
  void whatIsAboutBridgePortsAndForwardingTablesIsNoLinkOrNeighbour() {
    byte[] link = link().build(1);
    link[MessageBuilder.HEADER_BYTES] = 7;
    assertThat(Link.parse(only(link))).isEmpty();
    byte[] entry =
        new MessageBuilder(RouteSocket.RTM_NEWNEIGH, 0)
            .u8(7)
            .u8(0)
            .u16(0)
            .u32(3)
            .u32(0)
            .attribute(1, new byte[] {10, 0, 0, 1})
            .build(1);
    assertThat(Neighbour.parse(only(entry))).isEmpty();
    entry[MessageBuilder.HEADER_BYTES] = 2;
    assertThat(Neighbour.parse(only(entry))).isPresent();
  }

  @Test
  void everyTruncationAndMutationIsReadWithoutHarm() {
    Random random = new Random(SEED);
    byte[] original = link().build(1);
    for (int type = 16; type <= 30; type++) {
      original[4] = (byte) type;
      for (int length = 0; length <= original.length; length++) {
        readAll(Arrays.copyOf(original, length));
      }
      for (int round = 0; round < 2000; round++) {
        byte[] mutated = original.clone();
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
          mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
        }
        readAll(mutated);
        byte[] noise = new byte[random.nextInt(100)];
        random.nextBytes(noise);
        readAll(noise);
      }
    }
  }

  /** Messages of every kind out of any bytes: nothing but values come out. */
  private static void readAll(byte[] bytes) {
    for (NetlinkMessage message : NetlinkMessage.parse(ByteBuffer.wrap(bytes))) {
      assertThat(RouteMonitor.event(message)).isNotNull();
      for (int type = RouteSocket.RTM_NEWLINK; type <= RouteSocket.RTM_DELNEIGH; type++) {
        assertThat(
                RouteMonitor.event(new NetlinkMessage(type, message.flags(), 0, message.payload())))
            .isNotNull();
      }
    }
  }

  private static MessageBuilder link() {
    MessageBuilder builder =
        new MessageBuilder(RouteSocket.RTM_NEWLINK, 0)
            .u8(0)
            .u8(0)
            .u16(1)
            .u32(7)
            .u32(0x1043)
            .u32(0)
            .attribute(3, "eth7")
            .attribute(1, new MacAddress(0x0200_5e00_5301L).bytes())
            .attribute(4, 9000)
            .attribute(5, 8)
            .attribute(10, 3)
            .attribute(32, 4);
    int info = builder.startNested(18);
    builder.attribute(1, "veth").endAttribute(info);
    int xdp = builder.startNested(43);
    return builder.attribute(2, new byte[] {2}).attribute(4, 42).endAttribute(xdp);
  }

  private static NetlinkMessage only(byte[] bytes) {
    List<NetlinkMessage> messages = NetlinkMessage.parse(ByteBuffer.wrap(bytes));
    assertThat(messages).hasSize(1);
    return messages.getFirst();
  }
}
