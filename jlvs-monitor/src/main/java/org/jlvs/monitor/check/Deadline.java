package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** The moment by which a whole check, or another short conversation, must be over. */
public final class Deadline {
  private final long end;

  private Deadline(Duration timeout) {
    this.end = System.nanoTime() + timeout.toNanos();
  }

  public static Deadline in(Duration timeout) {
    return new Deadline(timeout);
  }

  boolean over() {
    return System.nanoTime() - end >= 0;
  }

  /**
   * Milliseconds that are left, at least 1.
   *
   * @throws SocketTimeoutException if none are
   */
  int millisLeft() throws SocketTimeoutException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException();
    }
    return (int) Math.min(Integer.MAX_VALUE, left / 1_000_000 + 1);
  }

  /**
   * Closes {@code socket} when the deadline passes before the guard itself is closed. For streams
   * that read several times to give one piece, so that a time-out of each read bounds nothing.
   */
  Guard closing(Socket socket) throws SocketTimeoutException {
    int millis = millisLeft();
    return new Guard(
        Thread.startVirtualThread(
            () -> {
              try {
                Thread.sleep(millis);
                socket.close();
              } catch (InterruptedException | IOException done) {
                Thread.currentThread().interrupt();
              }
            }));
  }

  /** Ends the watch over a socket when closed. */
  record Guard(Thread thread) implements AutoCloseable {
    @Override
    public void close() {
      thread.interrupt();
    }
  }
}
