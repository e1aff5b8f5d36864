package org.jlvs.monitor.supervise;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.log.FileLog;

/**
 * Checks one server again and again on a virtual thread of its own, so that no other server waits
 * for it. Checks begin one interval apart, less some jitter that keeps servers from being checked
 * in step; one that takes longer is followed by the next at once.
 */
final class CheckLoop implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(CheckLoop.class.getName());

  /** Of an interval, how much a check may come earlier: a tenth. */
  private static final int JITTER_FRACTION = 10;

  /**
   * Checks begin at multiples of it. Those of thousands of servers then wake timers, pollers and
   * processors a few hundred times a second together instead of each for itself, which nearly
   * halves what a check costs.
   */
  private static final long MOMENT_NANOS = 5_000_000;

  private final Watch watch;
  private final Checker checker;
  private final long initialDelayNanos;
  private final Function<Watch, Optional<String>> maintenance;
  private final BiConsumer<CheckLoop, Finding> results;
  private final Function<String, String> stamped;
  private final InstantSource clock;
  private final Thread thread;
  private final Semaphore hurry = new Semaphore(0);
  private long hurriedNanos;
  private volatile boolean stopped;

  /** When the next check begins; empty while one goes on. */
  private volatile Optional<Instant> nextCheck = Optional.empty();

  /**
   * @param maintenance why the server is not to be checked but taken as down, if so
   * @param results takes each result, on this loop's thread
   * @param stamped puts time and process before a line of the monitor file
   */
  CheckLoop(
      Watch watch,
      Checker checker,
      long initialDelayNanos,
      Function<Watch, Optional<String>> maintenance,
      BiConsumer<CheckLoop, Finding> results,
      Function<String, String> stamped,
      InstantSource clock) {
    this.watch = watch;
    this.checker = checker;
    this.initialDelayNanos = initialDelayNanos;
    this.maintenance = maintenance;
    this.results = results;
    this.stamped = stamped;
    this.clock = clock;
    this.hurriedNanos = System.nanoTime() - watch.interval().toNanos();
    this.thread = Thread.ofVirtual().name("check " + watch.id()).unstarted(this);
  }

  Watch watch() {
    return watch;
  }

  /** When the next check begins; empty while one goes on. */
  Optional<Instant> nextCheck() {
    return nextCheck;
  }

  void start() {
    thread.start();
  }

  /** Lets one more check begin at once, or when the one that it is in ends. */
  void hurry() {
    hurry.release();
  }

  /**
   * As {@link #hurry}, but nothing where a check goes on, and once an interval at most: whatever
   * happens to other servers, this one is checked twice as often and no more. For one thread.
   */
  void hurryForOthers() {
    long now = System.nanoTime();
    if (nextCheck.isPresent() && now - hurriedNanos >= watch.interval().toNanos()) {
      hurriedNanos = now;
      hurry();
    }
  }

  /** Ends the loop and the check that it is in; results of it may still arrive. */
  void stop() {
    stopped = true;
    thread.interrupt();
  }

  @Override
  public void run() {
    try {
      rest(initialDelayNanos);
      long next = System.nanoTime();
      boolean hurried = false;
      for (long turn = 0; !stopped; turn++) {
        Finding finding = look(turn);
        if (stopped) {
          return;
        }
        results.accept(this, finding);
        watch.monitorFile().ifPresent(file -> record(file, finding.outcome()));
        // A check out of turn changes nothing about the others, or all that were hurried would stay
        // in step.
        if (!hurried) {
          long interval = watch.interval().toNanos();
          long jitter = ThreadLocalRandom.current().nextLong(interval / JITTER_FRACTION);
          long earliest = Math.max(System.nanoTime(), next + interval - jitter);
          next = Math.ceilDiv(earliest, MOMENT_NANOS) * MOMENT_NANOS;
        }
        hurried = rest(next - System.nanoTime());
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private Finding look(long turn) throws InterruptedException {
    Instant began = clock.instant();
    Optional<String> maintained = maintenance.apply(watch);
    if (maintained.isPresent()) {
      return new Finding.Maintained(maintained.get(), began);
    }
    long beganNanos = System.nanoTime();
    Outcome outcome = checker.perform(watch.check(), turn);
    return new Finding.Checked(outcome, began, Duration.ofNanos(System.nanoTime() - beganNanos));
  }

  /** Waits so long; whether it was ended early by {@link #hurry}. */
  private boolean rest(long nanos) throws InterruptedException {
    nextCheck = Optional.of(clock.instant().plusNanos(nanos));
    boolean hurried = hurry.tryAcquire(nanos, TimeUnit.NANOSECONDS);
    hurry.drainPermits();
    nextCheck = Optional.empty();
    return hurried;
  }

  private void record(String file, Outcome outcome) {
    try {
      FileLog.append(Path.of(file), stamped.apply(MonitorLine.of(watch, outcome)));
    } catch (IOException | RuntimeException failed) {
      LOGGER.log(Level.WARNING, "cannot write to monitorfile {0}: {1}", file, failed);
    }
  }
}
