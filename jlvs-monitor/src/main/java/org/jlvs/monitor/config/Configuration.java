package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A whole configuration file.
 *
 * @param warnings what the reader should know of, though the file is valid
 */
public record Configuration(
    Globals globals, List<VirtualServer> virtualServers, List<Problem> warnings) {

  public Configuration {
    virtualServers = List.copyOf(virtualServers);
    warnings = List.copyOf(warnings);
  }

  /**
   * Settings of the whole monitor.
   *
   * @param checkInterval how often the file itself is looked at
   * @param callback command to run when the file has changed
   * @param log where the log goes, when the file says so
   * @param maintenanceDirectory where a file named for a server takes it out
   * @param readdQuiescent whether a server that is down and has lost its entry gets one with weight
   *     0 again
   * @param instances configurations whose own monitors start and stop with this one
   */
  public record Globals(
      Duration checkInterval,
      boolean autoReload,
      Optional<String> callback,
      Optional<LogDestination> log,
      Optional<String> maintenanceDirectory,
      boolean supervised,
      boolean readdQuiescent,
      List<String> instances) {

    public Globals {
      instances = List.copyOf(instances);
    }
  }
}
