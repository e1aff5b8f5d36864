package org.jlvs.server.state;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Saves what changes as soon as it does, on a thread of its own: changes that come while it writes
 * are written together. They are appended to a journal. The whole state is written when most of it
 * has changed, when the journal has grown long, and every few seconds for what is counted without a
 * change, less often when that takes long; meanwhile the journal goes on.
 */
public final class StateKeeper implements AutoCloseable {
  private static final long SHORTEST_PERIOD_MILLIS = 2000;

  /** Writing without a change takes at most this part of the time. */
  private static final int REST_FACTOR = 100;

  private static final System.Logger LOG = System.getLogger(StateKeeper.class.getName());

  private final StateFile file;
  private final UnsavedChanges changes;
  private final Callable<Snapshot> source;
  private final Thread writer;
  private volatile boolean closed;

  /* For the writer alone. */

  /** What is written of a snapshot just now; null when nothing is. */
  private @Nullable CompletableFuture<Long> whole;

  /** Changes after that snapshot. */
  private List<StateChange> since = new ArrayList<>();

  /** The snapshot is too old: it is not followed by small changes alone. */
  private boolean overtaken;

  /** Whether all changes up to now are in the file, so that the next one may be appended. */
  private boolean appendable;

  private long taken;
  private long nextWholeNanos = System.nanoTime();

  /* Guarded by this. Changes up to the first position are dealt with. */
  private long dealtWith;
  private long failedUpTo;
  private String failure = "";
  private boolean complained;

  /**
   * A whole state.
   *
   * @param waiting what was taken from {@link UnsavedChanges} with it, on the engine thread: all
   *     that is in it and was not taken before
   */
  public record Snapshot(DirectorState state, UnsavedChanges.Waiting waiting) {}

  /**
   * @param source takes a snapshot; called on this keeper's thread
   */
  public StateKeeper(StateFile file, UnsavedChanges changes, Callable<Snapshot> source) {
    this.file = file;
    this.changes = changes;
    this.source = source;
    this.writer = Thread.ofPlatform().name("jlvs-state").daemon().start(this::run);
  }

  /**
   * Waits until all that has changed so far is saved.
   *
   * @return why it is not, when it could not be saved, or not in this time
   */
  public synchronized Optional<String> awaitSaved(Duration limit) throws InterruptedException {
    long position = changes.position();
    long deadline = System.nanoTime() + limit.toNanos();
    while (dealtWith < position) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (closed) {
        return Optional.of("the director ends");
      }
      if (left <= 0) {
        return Optional.of("it took more than " + limit.toSeconds() + " s");
      }
      wait(left);
    }
    return position <= failedUpTo ? Optional.of(failure) : Optional.empty();
  }

  private void run() {
    try {
      while (!closed) {
        changes.await(TimeUnit.NANOSECONDS.toMillis(nextWholeNanos - System.nanoTime()));
        if (!closed) {
          turn();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turn() throws InterruptedException {
    boolean more = accept(changes.take());
    CompletableFuture<Long> running = whole;
    if (running != null && running.isDone()) {
      whole = null;
      install(running);
    }
    boolean due = System.nanoTime() - nextWholeNanos >= 0;
    if (whole == null && (due || more && !appendable || overtaken)) {
      begin();
    }
  }

  /** Appends what may be appended; whether there was something. */
  private boolean accept(UnsavedChanges.Waiting waiting) {
    boolean more = waiting.position() > taken;
    taken = waiting.position();
    if (waiting.whole()) {
      appendable = false;
      overtaken = whole != null;
    } else if (more) {
      since.addAll(waiting.changes());
      if (appendable) {
        append(waiting.changes());
      }
    }
    return more;
  }

  private void append(List<StateChange> small) {
    try {
      file.append(small);
      saved();
      if (file.isLong() && whole == null) {
        nextWholeNanos = System.nanoTime();
      }
    } catch (IOException e) {
      appendable = false;
      LOG.log(System.Logger.Level.DEBUG, "appending to the state: {0}", e.getMessage());
    }
  }

  /** Takes a snapshot and has it written by a thread of its own. */
  private void begin() throws InterruptedException {
    Snapshot snapshot;
    try {
      snapshot = source.call();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      failed(e);
      return;
    }
    boolean _ = accept(snapshot.waiting());
    since = new ArrayList<>();
    overtaken = false;
    nextWholeNanos = Long.MAX_VALUE / 2 + System.nanoTime();
    CompletableFuture<Long> running = new CompletableFuture<>();
    whole = running;
    Thread.ofPlatform()
        .name("jlvs-state-whole")
        .daemon()
        .start(() -> prepare(snapshot.state(), running));
  }

  private void prepare(DirectorState state, CompletableFuture<Long> running) {
    long begin = System.nanoTime();
    try {
      file.prepare(state);
      running.complete(System.nanoTime() - begin);
    } catch (IOException | RuntimeException e) {
      running.completeExceptionally(e);
    }
    changes.wake();
  }

  private void install(CompletableFuture<Long> written) {
    nextWholeNanos = soon();
    try {
      long took = written.join();
      nextWholeNanos = Math.max(nextWholeNanos, System.nanoTime() + REST_FACTOR * took);
      if (!overtaken) {
        file.install(since);
        appendable = true;
        saved();
      }
    } catch (CompletionException e) {
      failed(e.getCause());
    } catch (IOException e) {
      failed(e);
    }
  }

  private synchronized void saved() {
    dealtWith = taken;
    complained = false;
    notifyAll();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SHORTEST_PERIOD_MILLIS);
  }

  private void failed(@Nullable Throwable why) {
    nextWholeNanos = soon();
    if (appendable) {
      // Only counts are older than they should be.
      LOG.log(System.Logger.Level.DEBUG, "writing the whole state: {0}", String.valueOf(why));
      return;
    }
    overtaken = false;
    failed(why == null ? "" : String.valueOf(why.getMessage()));
  }

  private synchronized void failed(String why) {
    dealtWith = taken;
    failedUpTo = taken;
    failure = "cannot write " + file.path() + ": " + why;
    notifyAll();
    if (!complained) {
      complained = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "the director''s state is not saved in {0} and would be lost with this process: {1}",
          file.path(),
          why);
    }
  }

  /** Ends the writing. What was not written yet is not written. */
  @Override
  public void close() throws IOException {
    closed = true;
    changes.wake();
    synchronized (this) {
      notifyAll();
    }
    try {
      writer.join();
      CompletableFuture<Long> running = whole;
      if (running != null) {
        // Lest it writes a file that somebody has just deleted.
        Object _ = running.handle((took, failed) -> closed).join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the state was written", e);
    }
  }
}
