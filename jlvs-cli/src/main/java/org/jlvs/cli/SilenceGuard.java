package org.jlvs.cli;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;

/**
 * Ends the wait for a director that is silent for too long, as one that was stopped is: closes the
 * connection, so that whoever waits at it notices. Time that passes while the command waits for its
 * own user, at its input or its output, does not count.
 */
final class SilenceGuard implements AutoCloseable {
  /** How many seconds to wait; 0 for ever. */
  static final String VARIABLE = "JLVS_TIMEOUT";

  /** Longer than resolvers take to give up on the few names that a piece of a listing has. */
  private static final int USUAL_SECONDS = 60;

  private final SocketChannel channel;
  private final int seconds;
  private final Thread thread;
  private volatile long lastMove = System.nanoTime();
  private volatile boolean readsInput;
  private volatile boolean writesOutput;
  private volatile boolean expired;

  /**
   * Watches until it is closed.
   *
   * @param seconds the longest silence; 0 for none
   */
  SilenceGuard(SocketChannel channel, int seconds) {
    this.channel = channel;
    this.seconds = seconds;
    this.thread = new Thread(this::watch, "silence guard");
    thread.setDaemon(true);
    if (seconds > 0) {
      thread.start();
    }
  }

  /**
   * The time that the environment asks for.
   *
   * @throws IOException when it is no number of seconds
   */
  static int seconds(Map<String, String> environment) throws IOException {
    String value = environment.getOrDefault(VARIABLE, "");
    if (value.isEmpty()) {
      return USUAL_SECONDS;
    }
    try {
      int seconds = Integer.parseInt(value);
      if (seconds >= 0) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IOException(
        VARIABLE
            + " is \""
            + value
            + "\"; give the seconds to wait for a silent director, or 0 to wait for ever");
  }

  private void watch() {
    try {
      while (true) {
        if (readsInput || writesOutput) {
          lastMove = System.nanoTime();
        }
        long left = seconds * 1000L - (System.nanoTime() - lastMove) / 1_000_000;
        if (left <= 0) {
          expired = true;
          channel.close();
          return;
        }
        Thread.sleep(Math.min(left, 1000));
      }
    } catch (InterruptedException | IOException e) {
      // The command has ended, or its connection has.
    }
  }

  /** Something was heard of the director, or sent to it. */
  void moved() {
    lastMove = System.nanoTime();
  }

  /** The command begins, or ends, to wait for its input. */
  void readsInput(boolean now) {
    lastMove = System.nanoTime();
    readsInput = now;
  }

  /** The command begins, or ends, to wait for those who read its output. */
  void writesOutput(boolean now) {
    lastMove = System.nanoTime();
    writesOutput = now;
  }

  /** What became of the connection: the given failure, or the director's silence. */
  IOException reason(IOException failure) {
    return expired
        ? new IOException(
            "the director has not answered for "
                + seconds
                + " s: it is stopped or overloaded, and whether it has obeyed is not known ("
                + VARIABLE
                + " says how many seconds to wait)",
            failure)
        : failure;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
