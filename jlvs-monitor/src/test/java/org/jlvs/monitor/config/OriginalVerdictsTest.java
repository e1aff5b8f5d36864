package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds the parser against what the original said of the same texts. */
final class OriginalVerdictsTest {

  @Test
  void readsAndRefusesWhatTheOriginalDoesButForDifferencesThatHaveAReason() throws IOException {
    List<String> differences = new ArrayList<>();
    for (RecordedVerdicts.Row row : RecordedVerdicts.all()) {
      boolean here = isRead(row.text());
      if (here != row.valid()) {
        differences.add((here ? "lenient " : "stricter ") + row.name());
      }
    }
    assertThat(RecordedVerdicts.all()).hasSizeGreaterThan(3000);
    assertThat(differences).containsExactlyInAnyOrderElementsOf(RecordedVerdicts.differences());
  }

  private static boolean isRead(String text) {
    try {
      ConfigurationParser.parse(text, new TestNames());
      return true;
    } catch (ConfigurationException refused) {
      return false;
    }
  }
}
