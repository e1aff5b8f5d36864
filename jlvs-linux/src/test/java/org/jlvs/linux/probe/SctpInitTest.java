package org.jlvs.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.jlvs.linux.internal.Bytes;
import org.junit.jupiter.api.Test;

class SctpInitTest {
  private static final int TAG = 0x11223344;

  /** The checksum was computed bit by bit, low byte first, by RFC 9260's polynomial. */
  @Test
  void anInitHasItsTagTwiceAndAChecksum() {
    MemorySegment packet = SctpInit.packet(40_000, 7, TAG);

    assertThat(HexFormat.of().formatHex(packet.toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo(
            "9c400007"
                + "00000000"
                + "a215b15f"
                + "01000014"
                + "11223344"
                + "00010000"
                + "00010001"
                + "11223344");
  }

  @Test
  void anInitAckIsWillingAndAnAbortIsNot() {
    assertThat(SctpInit.answer(answer(SctpInit.INIT_ACK), 0, 16))
        .isEqualTo(new SctpInit.Answer(TAG, true));
    assertThat(SctpInit.answer(answer(SctpInit.ABORT), 0, 16))
        .isEqualTo(new SctpInit.Answer(TAG, false));
  }

  @Test
  void otherChunksAndShortPacketsSayNothing() {
    assertThat(SctpInit.answer(answer(SctpInit.INIT), 0, 16)).isNull();
    assertThat(SctpInit.answer(answer(0), 0, 16)).isNull();
    for (int length = 0; length < 16; length++) {
      assertThat(SctpInit.answer(answer(SctpInit.INIT_ACK), 0, length)).isNull();
      assertThat(SctpInit.answer(answer(SctpInit.INIT_ACK), 60, length)).isNull();
    }
  }

  @Test
  void whatAnIcmpErrorGivesBackHasTheTagWhereItIsLongEnough() {
    MemorySegment packet = SctpInit.packet(40_000, 7, TAG);

    assertThat(SctpInit.tagOf(packet, packet.byteSize())).hasValue(TAG);
    assertThat(SctpInit.tagOf(packet, 20)).hasValue(TAG);
    // What RFC 792 asks for at least.
    assertThat(SctpInit.tagOf(packet, 8)).isEmpty();
    assertThat(SctpInit.tagOf(answer(SctpInit.ABORT), 32)).isEmpty();
  }

  @Test
  void noBytesAreTooStrange() {
    Random random = new Random(5);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[64];
      random.nextBytes(bytes);
      MemorySegment packet = MemorySegment.ofArray(bytes);
      int length = random.nextInt(65);
      SctpInit.Answer answer = SctpInit.answer(packet, (bytes[0] & 0xf) * 4L, length);
      assertThat(answer == null || length >= 16).isTrue();
      assertThat(SctpInit.tagOf(packet, length).isEmpty() || length >= 20).isTrue();
    }
  }

  private static MemorySegment answer(int chunk) {
    MemorySegment packet = MemorySegment.ofArray(new byte[32]);
    packet.set(Bytes.BE32, 4, TAG);
    packet.set(ValueLayout.JAVA_BYTE, 12, (byte) chunk);
    return packet;
  }
}
