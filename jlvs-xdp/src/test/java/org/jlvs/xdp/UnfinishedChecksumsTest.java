package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.net.PacketBuilder.ip;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnfinishedChecksumsTest {
  private static final String CLIENT = "10.0.0.1";
  private static final String VIP = "10.1.0.1";

  private final UnfinishedChecksums checksums = new UnfinishedChecksums();

  private String finished(byte[] bytes) {
    byte[] buffer = bytes.clone();
    checksums.finish(new Packet().wrap(MemorySegment.ofArray(buffer), 0, buffer.length, 0));
    return HexFormat.of().formatHex(buffer);
  }

  private static String hex(PacketBuilder packet) {
    return HexFormat.of().formatHex(packet.build());
  }

  static Stream<PacketBuilder> packets() {
    PacketBuilder tcp = ip().ipv4(CLIENT, VIP).tcp(40000, 80).ack();
    PacketBuilder tcp6 = ip().ipv6("fd00::1", "fd00::2").tcp(40000, 80).ack();
    return Stream.of(0, 1, 2, 3, 700, 1448, 1449)
        .flatMap(
            bytes ->
                Stream.of(
                    tcp.but().payload(bytes),
                    tcp.but().options(1, 1, 1, 1).payload(bytes),
                    tcp.but().payload(bytes).padding(6),
                    tcp6.but().payload(bytes),
                    ip().ipv4(CLIENT, VIP).udp(40000, 53).payload(bytes),
                    ip().ipv6("fd00::1", "fd00::2").udp(40000, 53).payload(bytes)));
  }

  @ParameterizedTest
  @MethodSource("packets")
  void unfinishedOnesBecomeRight(PacketBuilder packet) {
    assertThat(finished(packet.but().unfinishedChecksum().build())).isEqualTo(hex(packet));
  }

  @ParameterizedTest
  @MethodSource("packets")
  void rightAndWrongOnesStay(PacketBuilder packet) {
    assertThat(finished(packet.build())).isEqualTo(hex(packet));
    PacketBuilder wrong = packet.but().checksumError(0x1234);
    assertThat(finished(wrong.build())).isEqualTo(hex(wrong));
  }

  @Test
  void aDatagramWithoutChecksumStaysSo() {
    PacketBuilder packet = ip().ipv4(CLIENT, VIP).udp(1, 2).payload(9).withoutChecksum();

    assertThat(finished(packet.build())).isEqualTo(hex(packet));
  }

  @Test
  void partsOfPacketsStayAsTheyAre() {
    PacketBuilder data = ip().ipv4(CLIENT, VIP).udp(1, 2).payload(64).unfinishedChecksum();
    byte[] whole = data.build();

    assertThat(finished(data.but().fragment(0, true).build()))
        .isEqualTo(hex(data.but().fragment(0, true)));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThat(finished(part)).isEqualTo(HexFormat.of().formatHex(part));
    }
  }

  @Test
  void anSctpChecksumOfZeroBecomesRight() {
    // An INIT ACK of RFC 9260's form; the checksum is the CRC32c of all of it, least byte first.
    byte[] chunk = HexFormat.of().parseHex("04d21f90deadbeef0000000003000004");
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(chunk);
    PacketBuilder packet = ip().ipv4(CLIENT, VIP).protocol(132);
    byte[] right = chunk.clone();
    for (int i = 0; i < 4; i++) {
      right[8 + i] = (byte) (crc.getValue() >>> 8 * i);
    }

    assertThat(finished(packet.but().payload(chunk).build()))
        .isEqualTo(hex(packet.but().payload(right)));
    assertThat(finished(packet.but().payload(right).build()))
        .isEqualTo(hex(packet.but().payload(right)));
  }

  @Test
  void extensionHeadersAreSkippedAndEndlessOnesGivenUp() {
    // Destination options of 8 bytes, then TCP.
    byte[] segment =
        Arrays.copyOfRange(
            ip().ipv6("fd00::1", "fd00::2").tcp(1, 80).payload(5).unfinishedChecksum().build(),
            40,
            65);
    byte[] right =
        Arrays.copyOfRange(ip().ipv6("fd00::1", "fd00::2").tcp(1, 80).payload(5).build(), 40, 65);
    PacketBuilder options = ip().ipv6("fd00::1", "fd00::2").protocol(60);
    String header = "0600010400000000";

    assertThat(finished(options.but().payload(joined(header, segment)).build()))
        .isEqualTo(hex(options.but().payload(joined(header, right))));
    PacketBuilder endless = options.but().payload(joined("3c00".repeat(100), segment));
    assertThat(finished(endless.build())).isEqualTo(hex(endless));
  }

  private static byte[] joined(String header, byte[] rest) {
    return HexFormat.of().parseHex(header + HexFormat.of().formatHex(rest));
  }
}
