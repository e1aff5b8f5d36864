package org.jlvs.core.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PacketBuilderTest {

  /** The usual worked example of the IPv4 header checksum, a datagram of 115 bytes: b861. */
  @Test
  void buildsTheWorkedExampleOfTheHeaderChecksum() {
    byte[] frame =
        PacketBuilder.eth()
            .macs("02:00:00:00:00:02", "02:00:00:00:00:01")
            .ipv4("192.168.0.1", "192.168.0.199")
            .id(0)
            .dontFragment()
            .udp(40000, 53)
            .payload(87)
            .build();

    assertThat(HexFormat.of().formatHex(frame, 0, 34))
        .isEqualTo(
            "0200000000010200000000020800" + "4500007300004000" + "4011b861c0a80001c0a800c7");
  }

  @Test
  void transportChecksumsCoverThePseudoHeader() {
    byte[] udp = PacketBuilder.ip().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(5).build();
    int pseudo = 17 + 13 + 0x0a00 + 1 + 0x0a00 + 2;

    assertThat(fold(sum(udp, 20, 13) + pseudo)).isEqualTo(0xffff);
  }

  @Test
  void aCopyCanDifferWithoutChangingItsOrigin() {
    PacketBuilder sent = PacketBuilder.eth().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).ack();
    byte[] before = sent.build();

    byte[] changed = sent.but().ttl(63).destination("10.0.0.3").build();

    assertThat(sent.build()).isEqualTo(before).isNotEqualTo(changed);
  }

  private static int sum(byte[] bytes, int from, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (bytes[from + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
  }

  private static int fold(int sum) {
    return sum > 0xffff ? fold((sum & 0xffff) + (sum >>> 16)) : sum;
  }
}
