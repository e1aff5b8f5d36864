package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever bytes come, an answer is read within its limits or refused. */
final class HttpAnswerFuzzTest {
  private static final String[] SEEDS = {
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nLocation: /x\r\n\r\nTest Page",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nTest\r\n5;a=b\r\n Page\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 302 Found\nLocation: http://[::1]:80/\n\nbody",
  };

  @Test
  void damagedAnswersAreReadOrRefused() {
    Random random = new Random(7);
    int read = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = SEEDS[round % SEEDS.length].getBytes(StandardCharsets.ISO_8859_1);
      for (int damage = random.nextInt(4); damage > 0; damage--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) "0123456789abcdef:\r\n \t".charAt(random.nextInt(21));
      }
      int length = random.nextInt(10) == 0 ? random.nextInt(bytes.length) : bytes.length;
      try {
        HttpAnswer answer =
            HttpAnswer.read(
                new ByteArrayInputStream(bytes, 0, length), random.nextBoolean(), "x-load");
        assertThat(answer.status()).isBetween(200, 999);
        assertThat(answer.body().length).isLessThanOrEqualTo(length);
        read++;
      } catch (IOException refused) {
        assertThat(refused.getMessage()).isNotBlank();
      }
    }
    assertThat(read).isBetween(20_000, 90_000);
  }
}
