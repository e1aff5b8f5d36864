package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.api.Test;

/** What a whole director refuses, as the kernel does, and the file does not show to be wrong. */
final class RefusedByTheDirectorTest {
  private final LoggedEffects effects = new LoggedEffects();
  private final SimulatedDirector director =
      new SimulatedDirector(Instant.parse("2026-11-22T10:00:00Z"));
  private final Supervision supervision = new Supervision(director, effects);

  @Test
  void aServerWithAnAddressOfNoHostKeepsNoOtherOut() throws Exception {
    supervision.load(
        ConfigurationParser.parse(
            """
            virtual=10.0.0.100:80
            \tchecktype=on
            \treal=10.0.0.1:80 gate 1
            \treal=224.0.0.1:80 gate 1
            \treal=10.0.0.3:80 gate 1
            virtual=10.0.0.101:80
            \tchecktype=on
            \treal=10.0.0.4:80 gate 1
            """,
            new TestNames()),
        director.now());
    assertThat(director.text())
        .isEqualTo("10.0.0.100:80 10.0.0.1=1 10.0.0.3=1; 10.0.0.101:80 10.0.0.4=1");
    assertThat(effects.lines)
        .filteredOn(line -> line.startsWith("Cannot"))
        .containsExactly(
            "Cannot bring real server 224.0.0.1:80 (10.0.0.100:80) into order: server 224.0.0.1:80"
                + " of TCP 10.0.0.100:80: 224.0.0.1 is not a unicast address a server can have;"
                + " trying again");
  }
}
