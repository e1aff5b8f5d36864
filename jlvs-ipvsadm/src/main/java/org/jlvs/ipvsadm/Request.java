package org.jlvs.ipvsadm;

import java.util.Optional;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;

/** What a command line asks for, its names resolved and its values checked. */
sealed interface Request {

  record AddService(ServiceSpec spec) implements Request {}

  record EditService(ServiceSpec spec) implements Request {}

  record DeleteService(ServiceKey key) implements Request {}

  record Flush() implements Request {}

  record AddServer(ServiceKey service, ServerSpec spec) implements Request {}

  record EditServer(ServiceKey service, ServerSpec spec) implements Request {}

  record DeleteServer(ServiceKey service, ServerKey server) implements Request {}

  /** Zeroes one service's counters, or all. */
  record Zero(Optional<ServiceKey> key) implements Request {}

  record SetTimeouts(Timeouts timeouts) implements Request {}

  record StartDaemon(SyncDaemon daemon) implements Request {}

  record StopDaemon(boolean master, int syncId) implements Request {}

  /** Lists one service, or all. */
  record ListServices(Optional<ServiceKey> key, Format format) implements Request {}

  record ListConnections(boolean numeric, boolean persistenceData) implements Request {}

  record ListTimeouts() implements Request {}

  record ListDaemons() implements Request {}

  record Save(boolean numeric) implements Request {}

  /** Reads command lines from standard input. */
  record Restore() implements Request {}

  record Help() implements Request {}

  record Version() implements Request {}

  /** Whether this changes the director and prints nothing unless it fails. */
  default boolean changes() {
    return switch (this) {
      case AddService _,
          EditService _,
          DeleteService _,
          Flush _,
          AddServer _,
          EditServer _,
          DeleteServer _,
          Zero _,
          SetTimeouts _,
          StartDaemon _,
          StopDaemon _ ->
          true;
      case ListServices _,
          ListConnections _,
          ListTimeouts _,
          ListDaemons _,
          Save _,
          Restore _,
          Help _,
          Version _ ->
          false;
    };
  }

  /**
   * How services are listed.
   *
   * @param exact whether counters of more than eight digits are written out
   * @param sorted whether in order of address instead of the kernel's
   */
  record Format(Columns columns, boolean numeric, boolean exact, boolean sorted) {}

  /** What is shown of servers. */
  enum Columns {
    STATE,
    STATISTICS,
    RATES,
    THRESHOLDS,
    PERSISTENCE,
    TUNNELS
  }
}
