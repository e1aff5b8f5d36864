package org.jlvs.monitor.command;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jlvs.monitor.check.PingProbe;
import org.jlvs.monitor.check.SctpProbe;
import org.jlvs.monitor.config.NameResolver;
import org.jlvs.monitor.config.SystemNames;
import org.jlvs.monitor.log.SyslogSocket;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableException;

/**
 * What the command works with.
 *
 * @param workingDirectory what relative paths start from, after the places of configurations
 * @param backgroundCommand the words that start this command again; arguments follow them. Empty
 *     where it can only run in the foreground
 */
public record Environment(
    PrintStream out,
    PrintStream err,
    Tables tables,
    PingProbe pings,
    SctpProbe associations,
    SyslogSocket syslog,
    InstantSource clock,
    NameResolver names,
    Signals signals,
    Places places,
    Path workingDirectory,
    List<String> backgroundCommand) {

  public Environment {
    backgroundCommand = List.copyOf(backgroundCommand);
  }

  /** Opens the service table. */
  @FunctionalInterface
  public interface Tables {
    /**
     * @throws TableException with what the operator should do
     */
    ServerTable open() throws TableException;
  }

  /**
   * Where files are.
   *
   * @param runDirectory of pid files
   * @param logFile when the configuration names none
   * @param configurations where a configuration that is no absolute path is looked for, in turn
   */
  public record Places(Path runDirectory, Path logFile, List<Path> configurations) {
    public Places {
      configurations = List.copyOf(configurations);
    }

    /** The original's. */
    public static final Places HOST =
        new Places(
            Path.of("/var/run"),
            Path.of("/var/log/ldirectord.log"),
            List.of(Path.of("/etc/ha.d"), Path.of("/etc/ha.d/conf")));
  }

  /** The host itself. */
  public static Environment ofHost(
      Tables tables,
      PingProbe pings,
      SctpProbe associations,
      SyslogSocket syslog,
      Signals signals,
      List<String> backgroundCommand) {
    return new Environment(
        System.out,
        System.err,
        tables,
        pings,
        associations,
        syslog,
        InstantSource.system(),
        new SystemNames(Path.of("/etc/services")),
        signals,
        Places.HOST,
        Path.of("").toAbsolutePath(),
        backgroundCommand);
  }
}
