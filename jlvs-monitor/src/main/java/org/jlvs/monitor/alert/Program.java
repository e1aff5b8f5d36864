package org.jlvs.monitor.alert;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of the host that is run once, with text on its standard input. */
final class Program {
  private Program() {}

  /**
   * Runs a program to its end.
   *
   * @param environment what it finds there besides this process's own
   * @throws IOException if it can't be run, runs longer than it may, or ends with another status
   *     than 0
   */
  static void run(
      List<String> command, Map<String, String> environment, byte[] input, Duration longest)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Process process = builder.start();
    // One that doesn't read must not be waited for longer than one that does.
    Thread feeder =
        Thread.startVirtualThread(
            () -> {
              try (OutputStream stream = process.getOutputStream()) {
                stream.write(input);
              } catch (IOException unread) {
                // Programs need not read what they are told.
              }
            });
    try {
      if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Receiver.NotAgainException(
            "ran for more than " + longest.toSeconds() + " s and was killed");
      }
      if (process.exitValue() != 0) {
        throw new Receiver.NotAgainException("exit status " + process.exitValue());
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      feeder.interrupt();
    }
  }
}
