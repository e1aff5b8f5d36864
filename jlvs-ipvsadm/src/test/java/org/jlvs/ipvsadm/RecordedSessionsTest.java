package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions recorded from the original, each beginning with an empty table. */
class RecordedSessionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "options-of-commands",
        "odd-values",
        "words-and-tunnels",
        "order-and-restore",
        "names-and-flags"
      })
  void everyCommandIsAnsweredAsTheOriginalDid(String session) throws IOException {
    List<Recording> recordings =
        Recording.read(Recording.RESOURCES.resolve("recorded/" + session + ".txt"));
    assertThat(recordings).hasSizeGreaterThan(30);
    TableDirector director = new TableDirector();
    SoftAssertions softly = new SoftAssertions();
    for (Recording recording : recordings) {
      Recording.Answer answer = recording.run(director);
      recording
          .expected()
          .ifPresent(
              expected ->
                  softly
                      .assertThat(answer)
                      .as(recording.command() + "\n" + recording.input())
                      .isEqualTo(expected));
    }
    softly.assertAll();
  }
}
