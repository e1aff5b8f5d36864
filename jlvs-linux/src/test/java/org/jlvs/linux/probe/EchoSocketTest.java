package org.jlvs.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EchoSocketTest {
  @Test
  void theChecksumIsThatOfRfc1071() {
    MemorySegment example = MemorySegment.ofArray(HexFormat.of().parseHex("0001f203f4f5f6f7"));

    // The RFC's example sums to ddf2 in network order.
    assertThat(Short.reverseBytes(EchoSocket.checksum(example))).isEqualTo((short) ~0xddf2);
  }
}
