package org.jlvs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LoggingTest {
  private static final String TIME = "\\d\\d:\\d\\d:\\d\\d ";

  private static LogRecord record(Level level, String message) {
    return new LogRecord(level, message);
  }

  @Test
  void aMessageIsALineWithTimeAndLevel() {
    LogRecord warning = record(Level.WARNING, "{0} is down\nand\r\n out ");
    warning.setParameters(new Object[] {"eth0"});

    assertThat(new Logging.Line(false).format(warning))
        .matches(TIME + "WARNING eth0 is down; and; out\n");
    assertThat(new Logging.Line(false).format(record(Level.SEVERE, "no")))
        .matches(TIME + "ERROR no\n");
    assertThat(new Logging.Line(true).format(record(Level.FINE, "it''s")))
        .matches(TIME + "DEBUG it''s\n");
  }

  @Test
  void anErrorIsNamedWithItsPlaceAndOnRequestWithTheWayToIt() {
    LogRecord failure = record(Level.SEVERE, "a task failed");
    failure.setThrown(new IllegalStateException("full\nup"));

    assertThat(new Logging.Line(false).format(failure))
        .matches(
            TIME
                + "ERROR a task failed: java.lang.IllegalStateException: full; up"
                + " at org\\.jlvs\\.server\\.LoggingTest\\..*\n");
    assertThat(new Logging.Line(true).format(failure).lines().count()).isGreaterThan(3);
  }
}
