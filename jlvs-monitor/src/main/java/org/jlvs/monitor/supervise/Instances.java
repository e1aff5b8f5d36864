package org.jlvs.monitor.supervise;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jlvs.monitor.log.MonitorLog;

/**
 * The monitors of other configurations that {@code execute=} lets start and stop with this one,
 * each by a command line of its own. They are told one after the other on another thread, so that
 * nobody waits for them but {@link #stop}. For one thread.
 */
public final class Instances {
  /** How long a command line may take: a start or a stop waits for the other monitor. */
  private static final Duration LONGEST = Duration.ofSeconds(70);

  private final List<String> command;
  private final String own;
  private final MonitorLog log;
  private final ExecutorService runner =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("instances").factory());
  private Set<String> running = Set.of();

  /**
   * @param command the words before a configuration and what is to be done with it
   * @param own the configuration of this monitor, which can't start itself
   */
  public Instances(List<String> command, String own, MonitorLog log) {
    this.command = List.copyOf(command);
    this.own = own;
    this.log = log;
  }

  /** Starts those that are new, stops those that are gone, and lets the others read their files. */
  void follow(List<String> wanted) {
    Set<String> next = new LinkedHashSet<>(wanted);
    next.remove(own);
    for (String gone : running) {
      if (!next.contains(gone)) {
        tell(gone, "stop");
      }
    }
    for (String instance : next) {
      if (running.contains(instance)) {
        runner.execute(
            () -> {
              if (!succeeds(instance, "reload")) {
                perform(instance, "start");
              }
            });
      } else {
        tell(instance, "start");
      }
    }
    running = next;
  }

  /** Stops all, and waits for that. */
  void stop() throws InterruptedException {
    running.forEach(instance -> tell(instance, "stop"));
    running = Set.of();
    runner.shutdown();
    if (!runner.awaitTermination(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
      runner.shutdownNow();
    }
  }

  private void tell(String instance, String action) {
    runner.execute(() -> perform(instance, action));
  }

  private void perform(String instance, String action) {
    if (!succeeds(instance, action)) {
      log.line("system(ldirectord " + instance + " " + action + ") failed");
    }
  }

  private boolean succeeds(String instance, String action) {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--", instance, action));
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean ended = process.waitFor(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
      process.destroy();
      return ended && process.exitValue() == 0;
    } catch (IOException failed) {
      return false;
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
