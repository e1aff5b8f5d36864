package org.jlvs.core.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
  private static int of(byte[] bytes, int offset, int length) {
    Packet packet = new Packet().wrap(MemorySegment.ofArray(bytes), 0, bytes.length, 0);
    return Crc32c.of(packet, offset, length);
  }

  @Test
  void givesTheCheckValueOfTheCatalogue() {
    assertThat(of("123456789".getBytes(StandardCharsets.US_ASCII), 0, 9)).isEqualTo(0xe3069283);
  }

  @Test
  void givesWhatTheJdkGivesForEveryLengthAndOffset() {
    byte[] bytes = new byte[300];
    new Random(1).nextBytes(bytes);
    for (int offset = 0; offset < 9; offset++) {
      for (int length = 0; length + offset <= bytes.length; length++) {
        CRC32C expected = new CRC32C();
        expected.update(bytes, offset, length);
        assertThat(of(bytes, offset, length))
            .as("%d bytes from %d", length, offset)
            .isEqualTo((int) expected.getValue());
      }
    }
  }
}
