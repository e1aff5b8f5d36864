package org.jlvs.monitor.config;

import java.util.Locale;
import java.util.Optional;

/** What the monitor is doing when something happens; {@code emailalertstatus} chooses by it. */
public enum DaemonStatus {
  /** Until every server's first check has ended. */
  STARTING,
  RUNNING,
  STOPPING,
  /** From the reading of another configuration until its new servers' first checks have ended. */
  RELOADING;

  /** As ldirectord writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<DaemonStatus> named(String text) {
    for (DaemonStatus status : values()) {
      if (status.text().equals(text)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }
}
