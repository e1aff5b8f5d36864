package org.jlvs.monitor.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a running monitor knows at one moment.
 *
 * @param configuration path of its file
 * @param table why its director's table can't be read, when it can't
 */
public record MonitorReport(
    String configuration,
    long pid,
    Instant started,
    Instant now,
    Optional<String> table,
    List<Service> services) {

  public MonitorReport {
    services = List.copyOf(services);
  }

  /**
   * A virtual server.
   *
   * @param protocol {@code tcp}, {@code udp} or {@code fwm}
   * @param fallback the fallback server, if there is one
   * @param fallbackInUse whether it serves, as nobody else does
   * @param problem why the table is not as it shall be, when a change of it has failed
   */
  public record Service(
      String protocol,
      String name,
      Optional<String> fallback,
      boolean fallbackInUse,
      Optional<String> problem,
      List<Server> servers) {

    public Service {
      servers = List.copyOf(servers);
    }
  }

  /**
   * A real server.
   *
   * @param state {@code up}, {@code down}, {@code maintenance}, {@code unknown} before its first
   *     check has ended, {@code leaving} when the file has it no longer
   * @param since when it became that
   * @param reason why
   * @param draining whether the director removes it once its clients have gone
   * @param last its last check
   * @param next when the next one begins; empty while one goes on, and where there are none
   * @param counts how it has come and gone
   * @param weight that it shall have in the table now; empty when it shall have no entry
   * @param tableWeight that it has there; empty when it has no entry, or nobody can tell
   */
  public record Server(
      String name,
      String state,
      Instant since,
      String reason,
      boolean draining,
      Optional<LastCheck> last,
      Optional<Instant> next,
      Counts counts,
      OptionalInt weight,
      OptionalInt tableWeight) {}

  public record LastCheck(Instant began, Duration took, boolean good, String reason) {}

  /**
   * Rises and falls since the server was first configured, and checks in a row.
   *
   * @param recentFalls within the last hour
   * @param failures failed checks in a row
   * @param failureCount that take it out
   * @param successes good checks in a row while it is not up
   * @param riseCount that bring it back
   */
  public record Counts(
      long rises,
      long falls,
      int recentFalls,
      int failures,
      int failureCount,
      int successes,
      int riseCount) {}
}
