package org.jlvs.monitor.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The form of ldirectord's log lines. */
public final class LogFormat {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

  /** As RFC 3164, section 4.1.2, has it: the day of the month takes two places. */
  private static final DateTimeFormatter SYSLOG_TIME =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT);

  private LogFormat() {}

  /** A moment as C's {@code ctime} writes it: {@code Sun Nov 1 10:33:30 2026}. */
  public static String time(Instant instant, ZoneId zone) {
    return TIME.format(instant.atZone(zone));
  }

  /** A line of a log file: {@code [Sun Nov 22 10:33:30 2026|ld.cf|759] MESSAGE}. */
  public static String fileLine(
      Instant instant, ZoneId zone, String configuration, long pid, String message) {
    return "[" + time(instant, zone) + "|" + configuration + "|" + pid + "] " + message;
  }

  /** A line for standard output: {@code [Sun Nov 22 10:33:30 2026] MESSAGE}. */
  public static String streamLine(Instant instant, ZoneId zone, String message) {
    return "[" + time(instant, zone) + "] " + message;
  }

  /** A datagram for the system log: {@code <134>Nov 22 10:33:30 ldirectord[759]: MESSAGE}. */
  static String syslogLine(Instant instant, ZoneId zone, int priority, long pid, String message) {
    return "<"
        + priority
        + ">"
        + SYSLOG_TIME.format(instant.atZone(zone))
        + " ldirectord["
        + pid
        + "]: "
        + message;
  }
}
