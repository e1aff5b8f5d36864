package org.jlvs.core.payload;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jlvs.core.net.Packet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the kernel reads as a Call-ID, as traces of it show; {@code ^} stands for the line's end.
 */
class SipMessageTest {
  private static final int HEADROOM = 3;
  private static final int BEFORE = 8;

  private static Optional<String> callId(String message) {
    byte[] bytes = (" ".repeat(HEADROOM + BEFORE) + message).getBytes(StandardCharsets.ISO_8859_1);
    Packet packet =
        new Packet().wrap(MemorySegment.ofArray(bytes), HEADROOM, bytes.length - HEADROOM, 0);
    long found = SipMessage.callId(packet, BEFORE);
    if (found < 0) {
      return Optional.empty();
    }
    int from = HEADROOM + SipMessage.offset(found);
    return Optional.of(
        new String(bytes, from, SipMessage.length(found), StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '$',
      textBlock =
          """
          INVITE^Call-ID: a84b4c76e66710@pc33.example.com^^ | a84b4c76e66710@pc33.example.com
          INVITE^Call-ID: one^                              | one
          INVITE^CALL-ID:one@a^                             | one@a
          INVITE^call-id \t :\t one@a^                      | one@a
          INVITE^i: one@a^                                  | one@a
          INVITE^I:one@a^                                   | one@a
          INVITE^i\t:one@a^                                 | one@a
          INVITE^i @:one@a^Call-ID: two@a^                  |
          INVITE^To: bob^Call-ID: one@a^From: eve^^         | one@a
          INVITE^To: bob^  Call-ID: two@a^Call-ID: one@a^   | one@a
          INVITE^^Call-ID: one@a^                           | one@a
          INVITE\\rCall-ID: one@a\\r                        | one@a
          INVITE\\nCall-ID: one@a\\n                        | one@a
          INVITE^Call-ID:^ one@a^                           | one@a
          INVITE^Call-ID^ : one@a^                          | one@a
          INVITE^Call-ID: ^\t one@a^                        | one@a
          INVITE^Call-ID: AZaz09!"%()*+-./:<>?[\\]_`{}~^    | AZaz09!"%()*+-./:<>?[\\]_`{}~
          INVITE^Call-ID: 'x'@'y'^                          | 'x'@'y'
          INVITE^Call-ID: \u00c0\u00e9\u00ff^                       | \u00c0\u00e9\u00ff
          INVITE^Call-ID: one@^Call-ID: two@a^              | two@a
          INVITE^Call-ID: ;^To: bob^Call-ID: two@a^         | two@a
          """)
  void itIsFound(String message, @Nullable String callId) {
    assertThat(callId(lines(message))).isEqualTo(Optional.ofNullable(callId));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "INVITE",
        "INVITE^",
        "Call-ID: one@a^",
        "INVITE^Call-I",
        "INVITE^Call-ID",
        "INVITE^Call-ID:",
        "INVITE^Call-ID: one@a",
        "INVITE^Call-ID: one@",
        "INVITE^Call-ID:^",
        "INVITE^Call-ID: ^ ",
        "INVITE^Call-ID one@a^",
        "INVITE^Call-ID: ^Call-ID: one@a^",
        "INVITE^Call-ID:^one@a^",
        "INVITE^Call-ID: @a^",
        "INVITE^Call-ID: one@a@b^",
        "INVITE^Call-ID: one a^",
        "INVITE^Call-ID: one;a^",
        "INVITE^Call-ID: one@a ^",
        "INVITE^Call-ID: \u00bf@a^",
        "INVITE^Call-ID: \u00d7@a^",
        "INVITE^Call-ID: \u00f7@a^",
        "INVITE^Call-ID:^ ^ one@a^",
        "INVITE^Call-IDs: one@a^",
        "INVITE^i",
        "INVITE^ia: one@a^",
        "INVITE^iz: one@a^",
        "INVITE^iA: one@a^",
        "INVITE^iZ: one@a^",
        "INVITE^ Call-ID: one@a^",
        "INVITE^\tCall-ID: one@a^",
      })
  void thereIsNone(String message) {
    assertThat(callId(lines(message))).isEmpty();
  }

  @Test
  void afterASecondHeaderWithoutCallIdLinesAreLeftOut() {
    String header = "INVITE\r\ni:;\r\ni:;\r\n";
    assertThat(callId(header + "i:a\r\n")).isEmpty();
    assertThat(callId(header + "i:a\r\ni:b\r\ni:c\r\n")).contains("c");
  }

  @Test
  void theLongestHas255Bytes() {
    String longest = "x".repeat(200) + "@" + "y".repeat(54);
    assertThat(callId("INVITE\r\nCall-ID: " + longest + "\r\n")).contains(longest);
    assertThat(callId("INVITE\r\nCall-ID: " + longest + "y\r\n")).isEmpty();
  }

  private static String lines(String text) {
    return text.replace("^", "\r\n").replace("\\r", "\r").replace("\\n", "\n");
  }
}
