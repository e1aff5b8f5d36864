package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AgentGrammarTest {
  private static AgentWord.Answer answer(String text) {
    assertThat(AgentGrammar.read(text)).isInstanceOf(AgentWord.Answer.class);
    return (AgentWord.Answer) AgentGrammar.read(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "75%|75|READY",
        "75|75|READY",
        "'75%\r\nanything'|75|READY",
        "' \n up 0%'|0|READY",
        "100% ready maxconn:30|100|READY",
        "250%|250|READY",
        "drain|-1|DRAIN",
        "drain,20%|20|DRAIN",
        "MAINT|-1|MAINTENANCE",
        "up maint drain|-1|MAINTENANCE",
        "down|-1|DOWN",
        "failed|-1|DOWN",
        "stopped|-1|DOWN",
        "maint down 5%|5|DOWN",
        "up|-1|READY",
      })
  void readsTheWordsOfHaproxysAgents(String text, int percent, AgentWord.State state) {
    AgentWord.Answer answer = answer(text);
    assertThat(answer.percent())
        .isEqualTo(percent < 0 ? OptionalInt.empty() : OptionalInt.of(percent));
    assertThat(answer.state()).isEqualTo(state);
    assertThat(answer.reason()).isEmpty();
  }

  @Test
  void keepsWhatIsMeantForPeopleFitForALine() {
    assertThat(answer("down # disk\u0007 full \nroot").reason()).isEqualTo("disk. full");
    assertThat(answer("50%#").reason()).isEmpty();
    assertThat(answer("50% #" + "x".repeat(5000)).reason()).hasSizeLessThan(210);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "# nothing",
        "1001%",
        "99999",
        "-5%",
        "50.5%",
        "7e1%",
        "75 %",
        "fine",
        "up fine",
        "HTTP/1.1 200 OK",
        "maxconn:",
        "\0",
      })
  void whatHasNoMeaningIsNoAnswer(String text) {
    assertThat(AgentGrammar.read(text)).isInstanceOf(AgentWord.Silence.class);
  }

  @Test
  void anyBytesAreReadWithoutHarm() {
    Random random = new Random(7);
    String words = "75% drain maint down up ready # , \t\r\n maxconn:3 ";
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] =
            random.nextInt(8) == 0
                ? (byte) random.nextInt()
                : (byte) words.charAt(random.nextInt(words.length()));
      }
      switch (AgentGrammar.read(new String(bytes, StandardCharsets.ISO_8859_1))) {
        case AgentWord.Answer answer -> {
          assertThat(answer.percent().orElse(0)).isBetween(0, AgentGrammar.MOST_PERCENT);
          assertThat(answer.reason()).doesNotContainPattern("[^ -~…]");
        }
        case AgentWord.Silence silence ->
            assertThat(silence.reason()).isNotEmpty().doesNotContainPattern("[^ -~…]");
      }
    }
  }
}
