package org.jlvs.server.state;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Writes the state to its file soon after each change, on a thread of its own: changes that come
 * together are written together. A change is on disk within {@link #DELAY_MILLIS} plus the time of
 * writing. What is counted without a change is written every few seconds, less often when writing
 * takes long.
 */
public final class StateKeeper implements AutoCloseable {
  static final long DELAY_MILLIS = 20;

  private static final long SHORTEST_PERIOD_MILLIS = 2000;

  /** Writing without a change takes at most this part of the time. */
  private static final int REST_FACTOR = 100;

  private static final System.Logger LOG = System.getLogger(StateKeeper.class.getName());

  private final StateFile file;
  private final Callable<DirectorState> source;
  private final Thread writer;
  private boolean dirty;
  private boolean closed;
  private long periodMillis = SHORTEST_PERIOD_MILLIS;

  /**
   * @param source takes a snapshot; called on this keeper's thread
   */
  public StateKeeper(StateFile file, Callable<DirectorState> source) {
    this.file = file;
    this.source = source;
    this.writer = Thread.ofPlatform().name("jlvs-state").daemon().start(this::run);
  }

  /** Says that something has changed. Any thread; returns at once. */
  public synchronized void changed() {
    dirty = true;
    notifyAll();
  }

  private void run() {
    try {
      while (awaitChange()) {
        Thread.sleep(DELAY_MILLIS);
        write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a change, or for the period to end; false when closed. */
  private synchronized boolean awaitChange() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(periodMillis);
    long left = periodMillis;
    while (!dirty && !closed && left > 0) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    return !closed;
  }

  private void write() throws InterruptedException {
    synchronized (this) {
      dirty = false;
    }
    long begin = System.nanoTime();
    try {
      file.write(source.call());
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
      periodMillis = Math.max(SHORTEST_PERIOD_MILLIS, REST_FACTOR * took);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the director's state was not saved to {0} and would be lost with this process: {1}",
          file.path(),
          e.getMessage());
    }
  }

  /** Ends the writing. What was not written yet is not written. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the state was written", e);
    }
  }
}
