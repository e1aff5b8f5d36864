package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ipv4OptionsTest {
  private static final int OWN = 0x0a000064;

  private final Host host =
      new Host() {
        @Override
        public Route route(Address destination) {
          return destination.ipv4Bits() == OWN ? new Route.Local() : new Route.Unreachable();
        }

        @Override
        public @Nullable Address sourceAddress(Address destination) {
          return null;
        }

        @Override
        public int millisOfDay() {
          return 0x01020304;
        }
      };

  private static Packet withOptions(String hex) {
    byte[] options = HexFormat.of().parseHex(hex);
    byte[] header = new byte[20 + options.length];
    header[0] = (byte) (0x40 | header.length / 4);
    System.arraycopy(options, 0, header, 20, options.length);
    return new Packet().wrap(MemorySegment.ofArray(header), 0, header.length, 0);
  }

  private static String options(Packet packet) {
    StringBuilder hex = new StringBuilder();
    for (int i = 20; i < packet.length(); i++) {
      hex.append("%02x".formatted(packet.u8(i)));
    }
    return hex.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "440c05000000000000000000, 440c09000102030400000000",
    "440c05010000000000000000, 440c0d010a00006401020304",
    "440c05030a00006400000000, 440c0d030a00006401020304",
    "440c05030909090900000000, 440c05030909090900000000",
    "4408090000000000, 4408091000000000",
    "4408090300000000, 4408090300000000",
    "07070400000000010100aaaa, 0707080a0000640101000000"
  })
  void aHostWritesItsAddressAndTheTime(String came, String leaves) {
    Packet packet = withOptions(came);
    assertThat(Ipv4Options.mistake(packet, packet.length())).isZero();
    Ipv4Options.received(packet, packet.length(), OWN, host);
    assertThat(options(packet)).isEqualTo(leaves);
  }

  @Test
  void aForwardingHostReplacesTheAddressByThatItSendsFrom() {
    Packet packet = withOptions("070b04000000000000000001440c05010000000000000000");
    int written = Ipv4Options.received(packet, packet.length(), OWN, host);
    Ipv4Options.forwarded(packet, packet.length(), written, 0x0b0b0b0b);
    assertThat(options(packet)).isEqualTo("070b080b0b0b0b0000000001440c0d010b0b0b0b01020304");
  }

  @ParameterizedTest
  @CsvSource({
    "07000000, 20",
    "44010000, 20",
    "07200400, 20",
    "01010107, 23",
    "07020100, 21",
    "0707030000000000, 22",
    "0707060000000000, 22",
    "440809f000000000, 23",
    "4404050000000000, 0",
    "440c040000000000000000ff, 22",
    "4408050100000000, 22",
    "94030000, 21",
    "8606000000010101, 20",
    "0707040000000007070400000000, 27"
  })
  void theFirstMistakeIsFound(String options, int offset) {
    Packet packet = withOptions(options + "00".repeat((8 - options.length() % 8) % 8 / 2));
    assertThat(Ipv4Options.mistake(packet, packet.length())).isEqualTo(offset);
  }
}
