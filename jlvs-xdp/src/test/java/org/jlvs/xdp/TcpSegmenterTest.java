package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.net.PacketBuilder.ip;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

class TcpSegmenterTest {
  private final TcpSegmenter segmenter = new TcpSegmenter();
  private final List<String> segments = new ArrayList<>();

  private boolean cut(PacketBuilder packet, int bytes) {
    byte[] built = packet.build();
    return segmenter.cut(
        new Packet().wrap(MemorySegment.ofArray(built), 0, built.length, 7),
        bytes,
        segment -> {
          assertThat(segment.inInterface()).isEqualTo(7);
          byte[] copy = new byte[segment.length()];
          for (int i = 0; i < copy.length; i++) {
            copy[i] = (byte) segment.u8(i);
          }
          segments.add(HexFormat.of().formatHex(copy));
        });
  }

  private static String hex(PacketBuilder packet) {
    return HexFormat.of().formatHex(packet.build());
  }

  private static byte[] bytes(int from, int to) {
    byte[] all = new byte[to];
    for (int i = 0; i < to; i++) {
      all[i] = (byte) (i * 7);
    }
    return Arrays.copyOfRange(all, from, to);
  }

  @Test
  void anIpv4PacketBecomesSegmentsWithRightNumbersAndChecksums() {
    PacketBuilder packet =
        ip().ipv4("10.0.0.1", "10.1.0.1").dontFragment().id(0xffff).tcp(40000, 80);
    int flags = PacketBuilder.ACK | PacketBuilder.PSH | PacketBuilder.FIN | 0x80;

    boolean cut =
        cut(
            packet
                .but()
                .flags(flags)
                .sequence(-1000, 5)
                .payload(bytes(0, 2500))
                .unfinishedChecksum(),
            1040);

    assertThat(cut).isTrue();
    int first = PacketBuilder.ACK | 0x80;
    assertThat(segments)
        .containsExactly(
            hex(packet.but().flags(first).sequence(-1000, 5).payload(bytes(0, 1000))),
            hex(
                packet
                    .but()
                    .flags(PacketBuilder.ACK)
                    .id(0)
                    .sequence(0, 5)
                    .payload(bytes(1000, 2000))),
            hex(
                packet
                    .but()
                    .flags(flags & 0x7f)
                    .id(1)
                    .sequence(1000, 5)
                    .payload(bytes(2000, 2500))));
  }

  @Test
  void anIpv6PacketToo() {
    PacketBuilder packet = ip().ipv6("fd00::1", "fd00::2").tcp(40000, 80).ack();

    assertThat(cut(packet.but().sequence(1, 2).payload(bytes(0, 2440)), 1280)).isTrue();

    assertThat(segments)
        .containsExactly(
            hex(packet.but().sequence(1, 2).payload(bytes(0, 1220))),
            hex(packet.but().sequence(1221, 2).payload(bytes(1220, 2440))));
  }

  @Test
  void whatIsNoWholeSegmentOfDataIsLeftAlone() {
    PacketBuilder tcp = ip().ipv4("10.0.0.1", "10.1.0.1").tcp(1, 80).ack().payload(2000);
    for (PacketBuilder other :
        List.of(
            tcp.but().syn(),
            tcp.but().flags(PacketBuilder.ACK | 0x20),
            tcp.but().payload(0),
            tcp.but().fragment(0, true),
            tcp.but().totalLength(3000),
            tcp.but().totalLength(39),
            tcp.but().version(5),
            tcp.but().truncatedTo(10),
            ip().ipv6("fd00::1", "fd00::2").tcp(1, 80).payload(2000).truncatedTo(50),
            ip().ipv4("10.0.0.1", "10.1.0.1").udp(1, 80).payload(2000))) {
      assertThat(cut(other, 1280)).isFalse();
    }
    assertThat(cut(tcp, 40)).as("no room for data").isFalse();
    assertThat(segments).isEmpty();
  }

  @Test
  void theSmallestPiecesEndToo() {
    assertThat(cut(ip().ipv4("10.0.0.1", "10.1.0.1").tcp(1, 80).ack().payload(65_000), 41))
        .isTrue();
    assertThat(segments).hasSize(65_000);
  }
}
