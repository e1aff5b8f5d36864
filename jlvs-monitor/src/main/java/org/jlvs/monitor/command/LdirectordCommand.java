package org.jlvs.monitor.command;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationFile;
import org.jlvs.monitor.config.LogDestination;
import org.jlvs.monitor.config.Problem;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.log.FileLog;
import org.jlvs.monitor.log.MonitorLog;
import org.jlvs.monitor.log.StreamLog;
import org.jlvs.monitor.log.SyslogLog;
import org.jlvs.monitor.supervise.Instances;
import org.jlvs.monitor.supervise.Monitor;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableException;
import org.jspecify.annotations.Nullable;

/**
 * The {@code ldirectord} command. Exit statuses are the original's: 0 done or running, 1 not found
 * or not running where it should be, also where a pid file was left behind, 2 a wrong
 * configuration, 3 not running ({@code status}), 255 wrong usage.
 */
public final class LdirectordCommand {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_CONFIGURATION = 2;
  private static final int NOT_RUNNING = 3;
  private static final int WRONG_USAGE = 255;

  private static final Duration LONGEST_START = Duration.ofSeconds(60);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(60);
  private static final String DEFAULT_NAME = "ldirectord";

  private static final String USAGE =
      """
      Usage:
          ldirectord [-d|--debug] [--] [configfile] start | stop | restart |
          try-restart | reload | force-reload | status | configtest

          ldirectord --explain [--json] [configfile]

          ldirectord [-h|-?|--help|-v|--version]

          configfile  a path, or a name in /etc/ha.d or /etc/ha.d/conf;
                      ldirectord.cf there when it is left out; with --explain all that run
          --explain   say what the monitor that runs knows: each server's state, since when
                      and why, its last and next check, its weight and the table's
          -d          stay in the foreground and log to standard output
          configtest  say whether the file is valid, and change nothing
      """;

  private final Environment environment;
  private final Arguments arguments;
  private final Path path;
  private final String name;
  private final PidFile pidFile;
  private final ConfigurationFile file;
  private final long ownPid = ProcessHandle.current().pid();

  /** The exit status for what {@link #read} has last complained of. */
  private int failedReading = DONE;

  private LdirectordCommand(Environment environment, Arguments arguments) {
    this.environment = environment;
    this.arguments = arguments;
    boolean byDefault = arguments.configuration().isEmpty();
    this.path = locate(environment, byDefault ? DEFAULT_NAME + ".cf" : arguments.configuration());
    this.name = nameOf(arguments.configuration(), path);
    this.pidFile = new PidFile(environment.places().runDirectory(), name);
    this.file = new ConfigurationFile(path, environment.names());
  }

  /**
   * Runs the command.
   *
   * @param words what follows {@code ldirectord} on the command line
   * @return the exit status
   */
  public static int run(List<String> words, Environment environment) throws InterruptedException {
    Arguments arguments;
    try {
      arguments = Arguments.parse(words);
    } catch (Arguments.Usage wrong) {
      environment.err().println("ldirectord: " + wrong.getMessage());
      environment.err().print(USAGE);
      return WRONG_USAGE;
    }
    return switch (arguments.action()) {
      case HELP -> {
        environment.out().print(USAGE);
        yield DONE;
      }
      case VERSION -> {
        environment.out().println("ldirectord of jlvs, for configurations of ldirectord 4.12");
        yield DONE;
      }
      case START, STOP, RESTART, TRY_RESTART, RELOAD, FORCE_RELOAD, STATUS, CONFIGTEST ->
          new LdirectordCommand(environment, arguments).perform();
      case EXPLAIN -> ExplainCommand.run(environment, arguments, ExplainSocket.Form.TEXT);
      case EXPLAIN_JSON -> ExplainCommand.run(environment, arguments, ExplainSocket.Form.JSON);
      case EXPLAIN_COLOUR -> ExplainCommand.run(environment, arguments, ExplainSocket.Form.COLOUR);
    };
  }

  /** What files beside the configuration are called by. */
  static String nameOf(String given, Path path) {
    return given.isEmpty() ? DEFAULT_NAME : String.valueOf(path.getFileName());
  }

  static Path locate(Environment environment, String given) {
    List<Path> candidates = new ArrayList<>();
    for (Path directory : environment.places().configurations()) {
      candidates.add(directory.resolve(given));
    }
    candidates.add(environment.workingDirectory().resolve(given));
    return candidates.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(candidates.getLast())
        .normalize();
  }

  private int perform() throws InterruptedException {
    return switch (arguments.action()) {
      case START -> start();
      case STOP -> stop();
      case RESTART -> restart();
      case TRY_RESTART -> pidFile.runningPid().isPresent() ? restart() : DONE;
      case RELOAD, FORCE_RELOAD -> reload();
      case STATUS -> status();
      case CONFIGTEST -> configTest();
      case EXPLAIN, EXPLAIN_JSON, EXPLAIN_COLOUR, HELP, VERSION ->
          throw new IllegalStateException("not about a configuration");
    };
  }

  private int restart() throws InterruptedException {
    // A file that cannot be started from must not stop what runs.
    if (read().isEmpty()) {
      return failedReading;
    }
    int stopped = stop();
    return stopped == DONE ? start() : stopped;
  }

  private int status() {
    OptionalLong pid = pidFile.runningPid();
    if (pid.isPresent()) {
      environment
          .out()
          .println("ldirectord for " + path + " is running with pid: " + pid.getAsLong());
      return DONE;
    }
    if (read().isEmpty()) {
      return failedReading;
    }
    boolean stale = pidFile.isStale();
    if (stale) {
      environment.err().println("ldirectord stale pid file " + pidFile.path() + " for " + path);
    }
    environment.out().println("ldirectord is stopped for " + path);
    return stale ? FAILED : NOT_RUNNING;
  }

  private int configTest() {
    Optional<Configuration> configuration = read();
    if (configuration.isEmpty()) {
      return failedReading;
    }
    for (Problem warning : configuration.get().warnings()) {
      environment.err().println("Warning reading file " + path + " at " + warning);
    }
    List<VirtualServer> virtuals = configuration.get().virtualServers();
    int reals = virtuals.stream().mapToInt(virtual -> virtual.realServers().size()).sum();
    environment
        .out()
        .println(
            path
                + " is valid: "
                + counted(virtuals.size(), "virtual server")
                + ", "
                + counted(reals, "real server"));
    return DONE;
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private int reload() {
    OptionalLong pid = pidFile.runningPid();
    if (pid.isEmpty()) {
      environment.err().println("ldirectord is stopped for " + path);
      return FAILED;
    }
    if (read().isEmpty()) {
      return failedReading;
    }
    return signal(pid.getAsLong(), "HUP");
  }

  private int stop() throws InterruptedException {
    OptionalLong pid = pidFile.runningPid();
    if (pid.isEmpty()) {
      return DONE;
    }
    int sent = signal(pid.getAsLong(), "TERM");
    if (sent != DONE) {
      return sent;
    }
    if (!within(LONGEST_STOP, () -> pidFile.runningPid().isEmpty())) {
      environment
          .err()
          .println(
              "ldirectord for "
                  + path
                  + " still runs "
                  + LONGEST_STOP.toSeconds()
                  + " s after TERM; its pid is "
                  + pid.getAsLong());
      return FAILED;
    }
    return DONE;
  }

  private int signal(long pid, String signal) {
    try {
      environment.signals().send(pid, signal);
      return DONE;
    } catch (IOException failed) {
      environment.err().println("ldirectord: " + failed.getMessage());
      return FAILED;
    }
  }

  private int start() throws InterruptedException {
    OptionalLong pid = pidFile.runningPid();
    if (pid.isPresent()) {
      environment
          .out()
          .println("ldirectord for " + path + " is running with pid: " + pid.getAsLong());
      return DONE;
    }
    Optional<Configuration> configuration = read();
    if (configuration.isEmpty()) {
      return failedReading;
    }
    Configuration.Globals globals = configuration.get().globals();
    if (arguments.daemon() || arguments.debug() || globals.supervised()) {
      boolean toStream = !arguments.daemon();
      MonitorLog log =
          toStream
              ? new StreamLog(environment.out(), environment.clock())
              : open(destination(globals));
      log.line("Invoking ldirectord invoked as: ldirectord " + path + " start");
      log.line(
          "Starting Linux Director for jlvs "
              + (arguments.daemon() ? "as daemon" : "with pid: " + ownPid));
      return supervise(configuration.get(), log);
    }
    LogDestination destination = destination(globals);
    if (destination instanceof LogDestination.File logFile) {
      try {
        Files.newOutputStream(
                Path.of(logFile.path()), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
            .close();
      } catch (IOException unwritable) {
        environment.err().println("ldirectord: unable to open logfile: " + unwritable.getMessage());
        return WRONG_CONFIGURATION;
      }
    }
    return startInBackground(destination);
  }

  private LogDestination destination(Configuration.Globals globals) {
    return globals
        .log()
        .orElseGet(() -> new LogDestination.File(environment.places().logFile().toString()));
  }

  private MonitorLog open(LogDestination destination) {
    return switch (destination) {
      case LogDestination.File file ->
          new FileLog(Path.of(file.path()), name, ownPid, environment.clock());
      case LogDestination.Syslog syslog ->
          new SyslogLog(environment.syslog(), syslog.code(), ownPid, environment.clock());
    };
  }

  private int supervise(Configuration configuration, MonitorLog log) throws InterruptedException {
    try (PidFile.Held running = pidFile.hold()) {
      ServerTable table = environment.tables().open();
      Monitor monitor =
          new Monitor(
              file,
              name,
              ownPid,
              configuration,
              table,
              log,
              new Checker(environment.pings(), environment.associations()),
              new Instances(environment.backgroundCommand(), arguments.configuration(), log),
              environment.clock());
      environment.signals().handle("HUP", monitor::requestReload);
      for (String signal : List.of("TERM", "INT")) {
        environment.signals().handle(signal, () -> monitor.requestStop("signal: " + signal));
      }
      try (Closeable _ = explaining(monitor, log)) {
        running.publish(ownPid);
        monitor.run();
      }
      return DONE;
    } catch (TableException unusable) {
      return refused(log, String.valueOf(unusable.getMessage()));
    } catch (IOException failed) {
      return refused(log, pidFile.path() + ": " + failed.getMessage());
    }
  }

  /** Listens for questions; a monitor that cannot be asked is still a monitor. */
  private Closeable explaining(Monitor monitor, MonitorLog log) {
    Path socket = ExplainSocket.in(environment.places().runDirectory(), name);
    try {
      return ExplainSocket.open(socket, monitor::requestReport);
    } catch (IOException failed) {
      log.line("Cannot be asked by --explain: " + socket + ": " + failed.getMessage());
      return () -> {};
    }
  }

  private int refused(MonitorLog log, String reason) {
    log.line("Cannot start: " + reason);
    environment.err().println("ldirectord: " + reason);
    return FAILED;
  }

  /** Starts this command again, detached from the terminal, and waits until it supervises. */
  private int startInBackground(LogDestination log) throws InterruptedException {
    if (environment.backgroundCommand().isEmpty()) {
      environment.err().println("ldirectord: cannot run in the background here; use -d");
      return FAILED;
    }
    List<String> command = new ArrayList<>();
    // A session of its own: the terminal's hang-up and Ctrl-C are not for it.
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid");
    }
    command.addAll(environment.backgroundCommand());
    command.add("--daemon");
    command.add("--");
    if (!arguments.configuration().isEmpty()) {
      command.add(path.toString());
    }
    command.add("start");
    Path complaints = null;
    try {
      complaints = Files.createTempFile("ldirectord", ".err");
      Process process =
          new ProcessBuilder(command)
              // As the original's daemon: commands of the operator run there, and no folder is
              // held.
              .directory(new File("/"))
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(complaints.toFile())
              .start();
      boolean ended =
          within(LONGEST_START, () -> !process.isAlive() || pidFile.runningPid().isPresent());
      if (ended && pidFile.runningPid().isPresent()) {
        return DONE;
      }
      process.destroy();
      process.waitFor(5, TimeUnit.SECONDS);
      String said = Files.readString(complaints, StandardCharsets.ISO_8859_1).strip();
      environment
          .err()
          .println(said.isEmpty() ? "ldirectord: did not start; see " + textOf(log) : said);
      return FAILED;
    } catch (IOException failed) {
      environment.err().println("ldirectord: cannot start: " + failed.getMessage());
      return FAILED;
    } finally {
      deleteQuietly(complaints);
    }
  }

  private static String textOf(LogDestination log) {
    return switch (log) {
      case LogDestination.File file -> file.path();
      case LogDestination.Syslog _ -> "the system log";
    };
  }

  private static void deleteQuietly(@Nullable Path file) {
    if (file != null && !file.toFile().delete()) {
      file.toFile().deleteOnExit();
    }
  }

  private static boolean within(Duration time, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }

  /** Reads the configuration; complains of what is wrong with it. */
  private Optional<Configuration> read() {
    try {
      return Optional.of(file.read());
    } catch (NoSuchFileException missing) {
      environment.err().println("Config file " + path + " not found");
      failedReading = FAILED;
    } catch (IOException unreadable) {
      environment.err().println("Config file " + path + ": " + unreadable.getMessage());
      failedReading = FAILED;
    } catch (ConfigurationException wrong) {
      for (Problem problem : wrong.problems()) {
        environment.err().println("Error [" + ownPid + "] reading file " + path + " at " + problem);
      }
      failedReading = WRONG_CONFIGURATION;
    }
    return Optional.empty();
  }
}
