package org.jlvs.monitor.supervise;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Events of any number of threads for one that takes them, in their order. Without a lock: a
 * virtual thread that is next to own a lock may not get a processor for long when thousands of
 * others want it, and with a blocking queue the taker waits behind it while the queue grows.
 */
final class Mailbox<E> {
  private final ConcurrentLinkedQueue<E> events = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Thread taker;

  void add(E event) {
    events.add(event);
    Thread waiting = taker;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /** The next event, which stays; null if there is none. For the taker. */
  @Nullable E peek() {
    return events.peek();
  }

  /** The next event; null if none comes within so many nanoseconds. */
  @Nullable E poll(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    taker = Thread.currentThread();
    try {
      while (true) {
        E event = events.poll();
        long left = end - System.nanoTime();
        if (event != null || left <= 0) {
          return event;
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(this, left);
      }
    } finally {
      taker = null;
    }
  }
}
