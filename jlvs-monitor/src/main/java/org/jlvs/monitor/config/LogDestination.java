package org.jlvs.monitor.config;

/** Where {@code logfile=} has the log go. */
public sealed interface LogDestination {

  /**
   * @param path from {@code /}
   */
  record File(String path) implements LogDestination {}

  /**
   * The host's system log.
   *
   * @param code the number of the facility, 0 to 23 (RFC 5424, section 6.2.1)
   */
  record Syslog(int code) implements LogDestination {}
}
