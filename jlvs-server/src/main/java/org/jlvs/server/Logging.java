package org.jlvs.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What the daemons log, on standard error: a line a message, {@code 13:02:51 WARNING eth0 is down},
 * from warnings up. The environment variable {@value #VARIABLE} sets another level.
 */
final class Logging {
  static final String VARIABLE = "JLVS_LOG";

  private static final Map<String, Level> LEVELS =
      Map.of(
          "error", Level.SEVERE,
          "warning", Level.WARNING,
          "info", Level.INFO,
          "debug", Level.FINE);

  /** Kept: the log manager would forget a logger, and its level, that nobody holds. */
  private static final Logger ROOT = Logger.getLogger("");

  private static final Logger OWN = Logger.getLogger("org.jlvs");

  private Logging() {}

  /**
   * Sets it up for this process.
   *
   * @param wanted the variable's value; empty for warnings
   */
  static void begin(String wanted) {
    Level level = LEVELS.getOrDefault(wanted.toLowerCase(Locale.ROOT), Level.WARNING);
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    Handler handler = new ConsoleHandler();
    handler.setFormatter(new Line(level == Level.FINE));
    handler.setLevel(Level.ALL);
    ROOT.addHandler(handler);
    // The Java runtime's own messages at debug level would drown ours.
    OWN.setLevel(level);
    if (!wanted.isEmpty() && !LEVELS.containsKey(wanted.toLowerCase(Locale.ROOT))) {
      OWN.warning(VARIABLE + " is error, warning, info or debug, not '" + wanted + "'");
    }
  }

  /** One line, whatever the message has in it; with the way to an error only when asked for. */
  static final class Line extends Formatter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ISO_LOCAL_TIME;

    private final boolean withStackTraces;

    Line(boolean withStackTraces) {
      this.withStackTraces = withStackTraces;
    }

    @Override
    public String format(LogRecord record) {
      StringBuilder line = new StringBuilder();
      TIME.formatTo(
          LocalTime.ofInstant(record.getInstant(), ZoneId.systemDefault())
              .truncatedTo(ChronoUnit.SECONDS),
          line);
      line.append(' ').append(name(record.getLevel())).append(' ');
      line.append(formatMessage(record).strip().replaceAll("\\s*\\R\\s*", "; "));
      Throwable thrown = record.getThrown();
      if (thrown == null) {
        return line.append('\n').toString();
      }
      line.append(": ").append(String.valueOf(thrown).replaceAll("\\s*\\R\\s*", "; "));
      if (withStackTraces) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return line.append('\n').append(trace).toString();
      }
      if (thrown.getStackTrace().length > 0) {
        line.append(" at ").append(thrown.getStackTrace()[0]);
      }
      return line.append('\n').toString();
    }

    private static String name(Level level) {
      if (level.intValue() >= Level.SEVERE.intValue()) {
        return "ERROR";
      }
      return level.intValue() >= Level.INFO.intValue() ? level.getName() : "DEBUG";
    }
  }
}
