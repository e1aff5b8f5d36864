package org.jlvs.monitor.config;

import java.util.List;
import java.util.Locale;

/** The names that syslog(3) facilities have in configurations. */
final class SyslogFacility {
  /** Each at the place of its number; RFC 5424, section 6.2.1, with the names of syslog(3). */
  private static final List<String> NAMES =
      List.of(
          "kern",
          "user",
          "mail",
          "daemon",
          "auth",
          "syslog",
          "lpr",
          "news",
          "uucp",
          "cron",
          "authpriv",
          "ftp",
          "",
          "",
          "",
          "",
          "local0",
          "local1",
          "local2",
          "local3",
          "local4",
          "local5",
          "local6",
          "local7");

  private static final int USER = 1;

  private SyslogFacility() {}

  /** What the original does with a name that it doesn't know depends on chance; here it warns. */
  static LogDestination read(Value value, String name) {
    String known =
        switch (name.toLowerCase(Locale.ROOT).replaceFirst("^log_", "")) {
          case "security", "audit" -> "auth";
          case "ntp" -> "daemon";
          case String other -> other;
        };
    int code = known.isEmpty() ? -1 : NAMES.indexOf(known);
    if (code >= 0) {
      return new LogDestination.Syslog(code);
    }
    value
        .warn()
        .accept(
            value.column(),
            "logfile=\""
                + name
                + "\" is no syslog facility such as daemon or local0, and no path from /; the log"
                + " goes to the facility user");
    return new LogDestination.Syslog(USER);
  }
}
