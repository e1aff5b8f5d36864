package org.jlvs.xdp;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jlvs.linux.sys.EventFd;
import org.jspecify.annotations.Nullable;

/** What other threads have for the engine thread to do. */
final class EngineTasks {
  private static final System.Logger LOG = System.getLogger(EngineTasks.class.getName());

  private final Queue<FutureTask<?>> queue = new ConcurrentLinkedQueue<>();
  private final EventFd wake;

  /** What tasks have for the engine thread to do before their result is told. For that thread. */
  private final Queue<FutureTask<?>> followUps = new ArrayDeque<>();

  /** The engine thread while it runs tasks. */
  private volatile @Nullable Thread runner;

  private volatile boolean ended;

  /**
   * @param wake signalled when there is something to do
   */
  EngineTasks(EventFd wake) {
    this.wake = wake;
  }

  /**
   * Queues a task, whose failure is only logged; any thread. One that another task queues runs
   * before that task's result is told: who changes services hears of it when the program knows,
   * too.
   */
  void execute(Runnable task) {
    submit(
        new FutureTask<Void>(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a task of the engine failed", e);
              }
              return null;
            }));
  }

  private void submit(FutureTask<?> task) {
    if (Thread.currentThread().equals(runner)) {
      followUps.add(task);
      return;
    }
    queue.add(task);
    if (ended) {
      cancelAll();
    } else {
      wake.signal();
    }
  }

  /**
   * Queues a task and waits for what it gives; any thread but the engine's.
   *
   * @throws IllegalStateException when the engine has ended
   */
  <T> T call(Callable<T> task) throws Exception {
    FutureTask<T> future =
        new FutureTask<>(
            () -> {
              try {
                return task.call();
              } finally {
                runFollowUps();
              }
            });
    submit(future);
    try {
      return future.get();
    } catch (CancellationException e) {
      throw new IllegalStateException("the engine has ended", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }

  /** Runs up to {@code max} tasks on the calling engine thread; answers how many. */
  int run(int max) {
    int done = 0;
    runner = Thread.currentThread();
    while (done < max) {
      FutureTask<?> task = queue.poll();
      if (task == null) {
        break;
      }
      task.run();
      runFollowUps();
      done++;
    }
    runner = null;
    return done;
  }

  private void runFollowUps() {
    for (FutureTask<?> task = followUps.poll(); task != null; task = followUps.poll()) {
      task.run();
    }
  }

  /** No task runs from now on: those that wait are cancelled, and later ones too. */
  void end() {
    ended = true;
    cancelAll();
  }

  private void cancelAll() {
    for (FutureTask<?> task = queue.poll(); task != null; task = queue.poll()) {
      task.cancel(false);
    }
  }
}
