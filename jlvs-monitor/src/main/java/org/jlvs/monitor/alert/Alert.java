package org.jlvs.monitor.alert;

import java.time.Instant;
import java.util.Locale;
import org.jlvs.monitor.config.DaemonStatus;
import org.jlvs.monitor.config.VirtualServer;

/**
 * Something that has happened to a real or fallback server.
 *
 * @param server {@code ADDRESS:PORT}
 * @param message the line of the log that says it
 * @param reason what the server's last check said; empty where no check has to do with it
 */
public record Alert(
    Instant time,
    DaemonStatus status,
    Event event,
    VirtualServer virtual,
    String server,
    String message,
    String reason) {

  /** What has happened. */
  public enum Event {
    ADDED,
    RESTORED,
    /** Its weight is 0, as it is down. */
    QUIESCENT,
    DELETED,
    /** Removed for other reasons than its health. */
    PURGED,
    /** It was down at the first check, or still is. */
    INACCESSIBLE,
    FALLBACK_ADDED,
    FALLBACK_DELETED;

    /** In lower case, with {@code -} between words. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether a server is down from now on. */
    boolean down() {
      return this == QUIESCENT || this == DELETED || this == INACCESSIBLE;
    }
  }

  /** The same of a virtual server that has other settings now. */
  Alert of(VirtualServer other) {
    return new Alert(time, status, event, other, server, message, reason);
  }

  /** The message after the service's name, as the original has it in subjects. */
  String subject() {
    String name = virtual.alerts().serviceName();
    return name.isEmpty() ? message : "[" + name + "] " + message;
  }
}
