package org.jlvs.monitor.log;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;

/** The host's system log, in the form and with the level that the original gives each line. */
public final class SyslogLog implements MonitorLog {
  private static final System.Logger LOGGER = System.getLogger(SyslogLog.class.getName());

  /** The severity of each line: informational (RFC 3164, section 4.1.1). */
  private static final int INFO = 6;

  private final SyslogSocket socket;
  private final int priority;
  private final long pid;
  private final InstantSource clock;
  private boolean failing;

  /**
   * @param facility its number, 0 to 23
   */
  public SyslogLog(SyslogSocket socket, int facility, long pid, InstantSource clock) {
    this.socket = socket;
    this.priority = facility * 8 + INFO;
    this.pid = pid;
    this.clock = clock;
  }

  @Override
  public synchronized void line(String message) {
    String line =
        LogFormat.syslogLine(clock.instant(), ZoneId.systemDefault(), priority, pid, message);
    try {
      socket.send(line.getBytes(StandardCharsets.ISO_8859_1));
      failing = false;
    } catch (IOException failed) {
      if (!failing) {
        LOGGER.log(
            Level.WARNING,
            "cannot write to the system log: {0}; lost until it can be: {1}",
            failed.getMessage(),
            message);
      }
      failing = true;
    }
  }
}
