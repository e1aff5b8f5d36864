package org.jlvs.testbed.namespaces;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A program running in a host's namespace; everything it prints goes to a file of the testbed. */
public final class Background {
  private final Process process;
  private final Path log;

  Background(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** The program's process id. */
  public long pid() {
    return process.pid();
  }

  /** True until the program has ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What the program has printed so far, standard error included. */
  public String output() {
    try {
      return Files.readString(log, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until the program has printed a line that begins with this text.
   *
   * @return false when it ended, or the time was over, before that
   */
  public boolean awaitLine(String beginning, Duration limit) {
    BooleanSupplier printed = () -> output().lines().anyMatch(line -> line.startsWith(beginning));
    Waiting.until(limit, () -> printed.getAsBoolean() || !isAlive());
    return printed.getAsBoolean();
  }

  /**
   * Waits for the end of the program.
   *
   * @return false when it still runs after that time
   */
  public boolean awaitEnd(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The exit status of the program, which has ended. */
  public int status() {
    return process.exitValue();
  }

  /** Asks the program to end (SIGTERM) and makes it (SIGKILL) if it has not within the time. */
  public void stop(Duration limit) {
    process.destroy();
    if (!awaitEnd(limit)) {
      kill();
    }
  }

  /** Ends the program at once, as {@code kill -9} does, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd(Command.LIMIT);
  }
}
