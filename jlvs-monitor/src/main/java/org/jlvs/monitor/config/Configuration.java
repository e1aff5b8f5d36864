package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A whole configuration file.
 *
 * @param warnings what the reader should know of, though the file is valid
 * @param unsupported directives, or values of them, that the file uses and that have no effect yet
 */
public record Configuration(
    Globals globals,
    List<VirtualServer> virtualServers,
    List<Problem> warnings,
    List<String> unsupported) {

  public Configuration {
    virtualServers = List.copyOf(virtualServers);
    warnings = List.copyOf(warnings);
    unsupported = List.copyOf(unsupported);
  }

  /**
   * Settings of the whole monitor.
   *
   * @param checkInterval how often the file itself is looked at
   * @param callback command to run when the file has changed
   * @param logFile path of the log, when the file names one
   * @param maintenanceDirectory where a file named for a server takes it out
   * @param readdQuiescent whether a server that is down and has no entry gets one with weight 0
   */
  public record Globals(
      Duration checkInterval,
      boolean autoReload,
      Optional<String> callback,
      Optional<String> logFile,
      Optional<String> maintenanceDirectory,
      boolean supervised,
      boolean readdQuiescent) {}
}
