package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.monitor.config.Fallback;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.report.MonitorReport;
import org.jlvs.monitor.table.TableEntry;

/** Says what supervision knows of a service and what the table has of it. */
final class Reporter {
  private final Instant now;
  private final Function<ServerId, Optional<Instant>> nextCheck;

  /**
   * @param nextCheck when a server is to be checked next, unless it is just being checked
   */
  Reporter(Instant now, Function<ServerId, Optional<Instant>> nextCheck) {
    this.now = now;
    this.nextCheck = nextCheck;
  }

  /**
   * @param leaving whether the configuration has the service no longer
   */
  MonitorReport.Service service(VirtualState virtual, Optional<TableEntry> entry, boolean leaving) {
    VirtualServer config = virtual.config;
    List<MonitorReport.Server> servers = new ArrayList<>();
    if (!leaving) {
      virtual.servers.forEach(
          (key, server) -> servers.add(configured(virtual, key, server, entry)));
    }
    Optional<ServerKey> fallback = config.fallback().map(server -> server.spec(config.key()).key());
    for (ServerSpec present : entry.map(TableEntry::servers).orElse(List.of())) {
      boolean known = !leaving && virtual.servers.containsKey(present.key());
      if (!known && (leaving || !fallback.equals(Optional.of(present.key())))) {
        servers.add(stranger(virtual, present));
      }
    }
    return new MonitorReport.Service(
        config.protocolName(),
        config.name(),
        config.fallback().map(Reporter::name),
        !leaving && virtual.wantsFallback() && fallback.isPresent(),
        problem(virtual),
        servers);
  }

  private static Optional<String> problem(VirtualState virtual) {
    return virtual.problems.entrySet().stream()
        .map(problem -> problem.getKey() + ": " + problem.getValue())
        .reduce((first, second) -> first + "; " + second);
  }

  private static String name(Fallback fallback) {
    return VirtualServer.endpointText(fallback.address(), fallback.port());
  }

  private MonitorReport.Server configured(
      VirtualState virtual, ServerKey key, ServerState server, Optional<TableEntry> entry) {
    OptionalInt present = weight(entry, key);
    return new MonitorReport.Server(
        virtual.nameOf(server),
        server.health().name().toLowerCase(Locale.ROOT),
        server.since(),
        server.reason(),
        virtual.config.drains() && virtual.quiesced.containsKey(key) && present.isPresent(),
        server.last().flatMap(Reporter::check),
        nextCheck.apply(new ServerId(virtual.config.key(), key)),
        new MonitorReport.Counts(
            server.rises(),
            server.falls(),
            server.recentFalls(now),
            server.failures(),
            virtual.config.failureCount(),
            server.successes(),
            virtual.config.riseCount()),
        wanted(virtual, server, present),
        present);
  }

  /** The weight a server shall have; what it has where nothing is asked for. */
  private static OptionalInt wanted(VirtualState virtual, ServerState server, OptionalInt present) {
    boolean left =
        server.health() == Health.MAINTENANCE && virtual.config.drains() || !server.answered();
    if (left) {
      return present;
    }
    if (server.isUp()) {
      return OptionalInt.of(server.weight());
    }
    return virtual.config.quiescent() ? OptionalInt.of(0) : OptionalInt.empty();
  }

  private MonitorReport.Server stranger(VirtualState virtual, ServerSpec present) {
    Optional<Instant> since = Optional.ofNullable(virtual.quiesced.get(present.key()));
    boolean draining = since.isPresent() && virtual.config.drains();
    return new MonitorReport.Server(
        VirtualServer.endpointText(present.key().address(), present.key().port()),
        "leaving",
        since.orElse(now),
        draining ? "no longer in the file" : "not in the file; stays until all servers are checked",
        draining,
        Optional.empty(),
        Optional.empty(),
        new MonitorReport.Counts(0, 0, 0, 0, 0, 0, 0),
        OptionalInt.of(present.weight()),
        OptionalInt.of(present.weight()));
  }

  private static OptionalInt weight(Optional<TableEntry> entry, ServerKey key) {
    Optional<ServerSpec> spec = entry.flatMap(there -> there.server(key));
    return spec.isPresent() ? OptionalInt.of(spec.get().weight()) : OptionalInt.empty();
  }

  private static Optional<MonitorReport.LastCheck> check(Finding finding) {
    return switch (finding) {
      case Finding.Checked checked ->
          Optional.of(
              new MonitorReport.LastCheck(
                  checked.began(),
                  checked.took(),
                  checked.outcome().up(),
                  checked.outcome().reason()));
      case Finding.Maintained _ -> Optional.empty();
    };
  }
}
