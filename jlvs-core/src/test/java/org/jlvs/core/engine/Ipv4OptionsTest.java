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
        public boolean isBroadcast(Address address) {
          return address.toString().equals("10.0.0.255");
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
    byte[] options = new byte[packet.length() - 20];
    for (int i = 0; i < options.length; i++) {
      options[i] = (byte) packet.u8(20 + i);
    }
    return HexFormat.of().formatHex(options);
  }

  @Test
  void anAnswerGoesOnWithRouteAndTimes() {
    Packet packet = withOptions("440c0900010203040000000001070b080a0000fe0000000000000000");
    Packet answer = withOptions("00".repeat(24));

    assertThat(Ipv4Options.echoedBytes(packet, packet.length())).isEqualTo(24);
    Ipv4Options.echo(packet, packet.length(), answer, 0x0b0b0b0b, host);
    assertThat(options(answer)).isEqualTo("070b0c0a0000fe0b0b0b0b440c0d00010203040102030400");
  }

  @Test
  void anAnswerHasNoneOfTheOptionsFromAMistakeOn() {
    Packet packet = withOptions("070b0400000000000000000044041500");

    assertThat(Ipv4Options.echoedBytes(packet, packet.length() - 4)).isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource({
    "440c05000000000000000000, 440c09000102030400000000",
    "440c05010000000000000000, 440c0d010a00006401020304",
    "440c05030a00006400000000, 440c0d030a00006401020304",
    "440c05030909090900000000, 440c05030909090900000000",
    "440c05030a0000ff00000000, 440c0d030a0000ff01020304",
    "440c0503e000000100000000, 440c0d03e000000101020304",
    "440c05030000000000000000, 440c0d030000000001020304",
    "440c0503f000000100000000, 440c0503f000000100000000",
    "440c0503df00000100000000, 440c0503df00000100000000",
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

  /** As the kernel's errors have them. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "01010100, none",
        "94040000, none",
        "4408090001020304, 4408091001020304",
        "440809e001020304, 440809f001020304",
        "44090a000102030405000000, 44090a100102030405000000",
        "440c0503c000020100000000, 440c0503c000020100000000",
        "440c05000000000000000000, 440c0d000102030401020304",
        "4414050100000000000000000000000000000000, 441415010a000064010203040a00006401020304",
        "441405030a000064000000000a00006400000000, 441415030a000064010203040a00006401020304",
        "441405030a00006400000000c000020100000000, 44140d030a00006401020304c000020100000000",
        "070b040000000000000000014408090001020304, 070b0c0a0000640a000064440809100102030400",
        "4408090001020304070b04000000000000000000, 070b0c0a0000640a000064440809100102030400",
        "070708c0000201014408090001020304, 070708c0000201440809100102030400",
        "440c0503c0000201000000000107070400000000, 0707080a000064440c0503c00002010000000000",
        "940400004408090001020304, 4408091001020304"
      })
  void anErrorCarriesOnTheRouteAndTheTimesOfThePacketItIsAbout(
      String came, @Nullable String carried) {
    Packet about = withOptions(came);
    Ipv4Options.received(about, about.length(), OWN, host);
    Packet error = withOptions("ff".repeat(Ipv4Options.echoedBytes(about, about.length())));
    Ipv4Options.echo(about, about.length(), error, OWN, host);
    assertThat(options(error)).isEqualTo(carried == null ? "" : carried);
  }

  @Test
  void aForwardingHostReplacesTheAddressOfARouteByThatItSendsFrom() {
    Packet packet = withOptions("070b04000000000000000001440c05010000000000000000");
    boolean written = Ipv4Options.received(packet, packet.length(), OWN, host);
    Ipv4Options.forwarded(packet, packet.length(), written, 0x0b0b0b0b);
    assertThat(options(packet)).isEqualTo("070b080b0b0b0b0000000001440c0d010a00006401020304");
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
