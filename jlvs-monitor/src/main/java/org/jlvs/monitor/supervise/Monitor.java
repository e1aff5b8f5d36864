package org.jlvs.monitor.supervise;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.alert.Alerts;
import org.jlvs.monitor.check.AgentAsker;
import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationFile;
import org.jlvs.monitor.config.DaemonStatus;
import org.jlvs.monitor.config.Problem;
import org.jlvs.monitor.log.LogFormat;
import org.jlvs.monitor.log.MonitorLog;
import org.jlvs.monitor.report.MonitorReport;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * The running monitor: one thread that takes results, requests and the passing of time in turn, and
 * a virtual thread for each server's checks. {@link #run} is called once; the requests by any
 * thread.
 */
public final class Monitor {
  private static final Duration GATHERING = Duration.ofMillis(2);

  /** First checks are spread by this much for each server, so that many do not begin at once. */
  private static final long NANOS_BETWEEN_FIRST_CHECKS = 50_000;

  private static final long NANOS_BETWEEN_LOOKS_AT_HANDSHAKES = 1_000_000_000;

  /** How long alerts may still be delivered when everything else has ended. */
  private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(15);

  private final ConfigurationFile file;
  private final long pid;
  private final MonitorLog log;
  private final Checker checker;
  private final InstantSource clock;
  private final ServerTable table;
  private final Instant started;
  private final Supervision supervision;
  private final Mailbox<Event> events = new Mailbox<>();
  private final Alerts alerts;
  private final Instances instances;
  private final Map<ServerId, CheckLoop> loops = new LinkedHashMap<>();
  private final AgentLoops agents;
  private final Rereading rereading;
  private Configuration.Globals globals;
  private DaemonStatus status = DaemonStatus.STARTING;
  private volatile Optional<Maintenance> maintenance = Optional.empty();

  private sealed interface Event {
    /** The loop's backlog holds findings. */
    record Found(CheckLoop loop, Backlog<Finding> findings) implements Event {}

    /** The loop's backlog holds words. */
    record Heard(AgentLoop loop, Backlog<AgentWord> words) implements Event {}

    record Reload() implements Event {}

    /** The configuration was read again, or could not be. */
    record Reread(FutureTask<Configuration> reading) implements Event {}

    record Explain(CompletableFuture<MonitorReport> answer) implements Event {}

    record Stop(String reason) implements Event {}
  }

  /**
   * @param name what alerts call the configuration
   * @param first the configuration to begin with, read from {@code file}
   * @param instances other monitors that the configuration may start
   */
  public Monitor(
      ConfigurationFile file,
      String name,
      long pid,
      Configuration first,
      ServerTable table,
      MonitorLog log,
      Checker checker,
      Instances instances,
      InstantSource clock)
      throws TableException {
    this.file = file;
    this.pid = pid;
    this.log = log;
    this.checker = checker;
    this.table = table;
    this.started = clock.instant();
    this.clock = clock;
    this.globals = first.globals();
    this.instances = instances;
    this.alerts = new Alerts(name, log, clock);
    this.agents =
        new AgentLoops(
            new AgentAsker(checker), (loop, words) -> events.add(new Event.Heard(loop, words)));
    this.rereading = new Rereading(file, reading -> events.add(new Event.Reread(reading)));
    this.supervision =
        new Supervision(
            table,
            new Effects() {
              @Override
              public void log(String line) {
                log.line(line);
              }

              @Override
              public void tell(ServerEvent event) {
                alerts.tell(
                    new Alert(
                        clock.instant(),
                        status,
                        event.event(),
                        event.virtual(),
                        event.server(),
                        event.message(),
                        event.reason()));
              }

              @Override
              public void run(OperatorCommand command) {
                start(command);
              }
            });
    adopt(first);
  }

  /** Asks for the configuration file to be read again. */
  public void requestReload() {
    events.add(new Event.Reload());
  }

  /** Asks what the monitor knows; answered while it runs. */
  public CompletableFuture<MonitorReport> requestReport() {
    CompletableFuture<MonitorReport> answer = new CompletableFuture<>();
    events.add(new Event.Explain(answer));
    return answer;
  }

  /**
   * Asks the monitor to end.
   *
   * @param reason for the log, such as {@code signal: TERM}
   */
  public void requestStop(String reason) {
    events.add(new Event.Stop(reason));
  }

  /** Works until it is asked to stop, and then takes out of the table what is to go. */
  public void run() throws InterruptedException {
    long nextTick = System.nanoTime() + globals.checkInterval().toNanos();
    long nextLook = System.nanoTime();
    while (true) {
      boolean looks = supervision.followsHandshakes();
      long next = looks && nextLook - nextTick < 0 ? nextLook : nextTick;
      Event event = events.poll(next - System.nanoTime());
      switch (event) {
        case null -> {}
        case Event.Found found -> takeWithMore(found);
        case Event.Explain explain -> explain.answer().complete(report());
        case Event.Heard heard -> {
          if (agents.isCurrent(heard.loop())) {
            for (AgentWord word : heard.words().take()) {
              supervision.heard(heard.loop().watch().id(), word, clock.instant());
            }
          }
        }
        case Event.Reload _ -> {
          log.line("Reloading Linux Director Daemon config on signal");
          rereading.begin(() -> {});
        }
        case Event.Reread reread -> {
          take(reread.reading());
          rereading.ended();
        }
        case Event.Stop stop -> {
          loops.values().forEach(CheckLoop::stop);
          agents.stop();
          status = DaemonStatus.STOPPING;
          instances.stop();
          supervision.stop();
          alerts.close(LONGEST_FAREWELL);
          log.line("Linux Director Daemon terminated on " + stop.reason());
          return;
        }
      }
      if (looks && System.nanoTime() - nextLook >= 0) {
        nextLook = System.nanoTime() + NANOS_BETWEEN_LOOKS_AT_HANDSHAKES;
        lookAtHandshakes();
      }
      if (System.nanoTime() - nextTick >= 0) {
        nextTick = System.nanoTime() + globals.checkInterval().toNanos();
        supervision.tick(clock.instant());
        followFile();
        alerts.repeat(status);
      }
    }
  }

  private MonitorReport report() {
    Map<ServiceKey, TableEntry> present = new HashMap<>();
    Optional<String> problem = Optional.empty();
    try {
      for (TableEntry entry : table.services()) {
        present.put(entry.spec().key(), entry);
      }
    } catch (TableException unreadable) {
      problem = Optional.of(String.valueOf(unreadable.getMessage()));
    }
    Instant now = clock.instant();
    return new MonitorReport(
        file.path().toString(),
        pid,
        started,
        now,
        problem,
        supervision.report(
            now, present, id -> Optional.ofNullable(loops.get(id)).flatMap(CheckLoop::nextCheck)));
  }

  /**
   * Takes a finding together with all that have come in the meantime. It waits a little for them:
   * checks begin and end many at a time, and to be woken for each costs more than to look at it.
   */
  private void takeWithMore(Event.Found first) throws InterruptedException {
    Thread.sleep(GATHERING);
    List<Supervision.Found> findings = new ArrayList<>();
    Event next = first;
    while (next instanceof Event.Found found) {
      ServerId id = found.loop().watch().id();
      if (loops.get(id) == found.loop()) {
        for (Finding finding : found.findings().take()) {
          findings.add(new Supervision.Found(id, finding));
        }
      }
      // What is no finding stays in the queue; nobody else takes from it.
      next = events.peek() instanceof Event.Found ? events.poll(0) : null;
    }
    if (!findings.isEmpty()) {
      for (ServerId companion : supervision.found(findings)) {
        CheckLoop loop = loops.get(companion);
        if (loop != null) {
          loop.hurryForOthers();
        }
      }
      settle();
    }
  }

  private void lookAtHandshakes() {
    for (ServerId suspect : supervision.lookAtHandshakes(clock.instant())) {
      CheckLoop loop = loops.get(suspect);
      if (loop != null) {
        loop.hurry();
      }
    }
  }

  /** Starting and reloading are over when every server has been checked. */
  private void settle() {
    if (status != DaemonStatus.RUNNING && supervision.allAnswered()) {
      status = DaemonStatus.RUNNING;
    }
  }

  /** Looks whether the configuration file has changed. */
  private void followFile() {
    if (!file.changed()) {
      return;
    }
    log.line("Configuration file '" + file.path() + "' has changed on disk");
    if (globals.autoReload()) {
      log.line(" - reread new configuration");
      rereading.begin(this::callBack);
    } else {
      log.line(" - ignore new configuration");
      callBack();
    }
  }

  private void callBack() {
    globals
        .callback()
        .ifPresent(command -> start(OperatorCommand.of(command, file.path().toString())));
  }

  /** Takes over what was read, or says why not. */
  private void take(FutureTask<Configuration> reading) throws InterruptedException {
    try {
      Configuration next = reading.get();
      status = DaemonStatus.RELOADING;
      adopt(next);
      globals = next.globals();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ConfigurationException refused) {
        for (Problem problem : refused.problems()) {
          log.line("Error [" + pid + "] reading file " + file.path() + " at " + problem);
        }
        log.line("The configuration that was in use stays in use");
      } else {
        Throwable cause = failed.getCause();
        String reason =
            cause instanceof IOException ? String.valueOf(cause.getMessage()) : "" + cause;
        log.line("Cannot read " + file.path() + ": " + reason + "; nothing changes");
      }
    } catch (TableException unreadable) {
      log.line("Cannot read the table: " + unreadable.getMessage() + "; nothing changes");
    }
  }

  private void adopt(Configuration next) throws TableException {
    for (Problem warning : next.warnings()) {
      log.line("Warning [" + pid + "] reading file " + file.path() + " at " + warning);
    }
    maintenance =
        next.globals()
            .maintenanceDirectory()
            .map(Path::of)
            .map(
                directory ->
                    maintenance
                        .filter(known -> known.directory().equals(directory))
                        .orElseGet(() -> new Maintenance(directory)));
    alerts.follow(next);
    supervision.load(next, clock.instant());
    follow(supervision.watches());
    agents.follow(supervision.agents());
    settle();
    instances.follow(next.globals().instances());
  }

  /** Starts and stops loops so that each watch has one. */
  private void follow(List<Watch> watches) {
    Map<ServerId, CheckLoop> before = new LinkedHashMap<>(loops);
    loops.clear();
    List<CheckLoop> added = new ArrayList<>();
    long spread = Math.max(1, watches.size() * NANOS_BETWEEN_FIRST_CHECKS);
    for (Watch watch : watches) {
      CheckLoop old = before.get(watch.id());
      if (old != null && old.watch().samePace(watch)) {
        before.remove(watch.id());
        loops.put(watch.id(), old);
        continue;
      }
      long longest = Math.min(spread, watch.interval().toNanos());
      Backlog<Finding> findings = new Backlog<>();
      CheckLoop loop =
          new CheckLoop(
              watch,
              checker,
              ThreadLocalRandom.current().nextLong(longest),
              this::underMaintenance,
              (checking, finding) -> {
                if (findings.add(finding)) {
                  events.add(new Event.Found(checking, findings));
                }
              },
              this::stamped,
              clock);
      loops.put(watch.id(), loop);
      added.add(loop);
    }
    before.values().forEach(CheckLoop::stop);
    added.forEach(CheckLoop::start);
  }

  private Optional<String> underMaintenance(Watch watch) {
    return maintenance.flatMap(
        files -> files.takes(watch.real(), watch.virtual().check().checkTimeout()));
  }

  private String stamped(String line) {
    return "["
        + LogFormat.time(clock.instant(), ZoneId.systemDefault())
        + "] ["
        + pid
        + "] "
        + line;
  }

  /** Starts an operator's command, and says how it ended if that was badly. */
  private void start(OperatorCommand command) {
    try {
      Process process =
          new ProcessBuilder(command.words())
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      var _ =
          process
              .onExit()
              .orTimeout(Duration.ofHours(1).toSeconds(), TimeUnit.SECONDS)
              .thenAccept(
                  ended -> {
                    if (ended.exitValue() != 0) {
                      log.line("system(" + command + ") failed: exit status " + ended.exitValue());
                    }
                  });
    } catch (IOException failed) {
      log.line("system(" + command + ") failed: " + failed.getMessage());
    }
  }
}
