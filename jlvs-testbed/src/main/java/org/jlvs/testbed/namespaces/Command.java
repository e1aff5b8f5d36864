package org.jlvs.testbed.namespaces;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end, within a bounded time and with a bounded amount of kept output. */
public final class Command {
  /** Time a command may take unless the caller says otherwise. */
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int KEPT_BYTES = 16 << 20;

  /**
   * What a command did.
   *
   * @param status exit status; {@value #TIMED_OUT} when it was ended because its time was over
   * @param out standard output as text
   * @param err standard error as text
   */
  public record Result(int status, String out, String err) {
    /** As {@code timeout(1)} answers. */
    public static final int TIMED_OUT = 124;

    /** True for exit status 0. */
    public boolean ok() {
      return status == 0;
    }
  }

  private Command() {}

  /**
   * Runs a program with nothing on its standard input.
   *
   * @throws UncheckedIOException when the program is not there
   */
  public static Result run(List<String> command, Duration limit) {
    return run(command, limit, "");
  }

  /** As {@link #run(List, Duration)}, with this text on the program's standard input. */
  public static Result run(List<String> command, Duration limit, String input) {
    Process process;
    try {
      process = new ProcessBuilder(command).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Reader out = new Reader(process.getInputStream());
    Reader err = new Reader(process.getErrorStream());
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The program ended, or closed its input, before it read everything: its status tells.
    }
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Result(process.exitValue(), out.text(), err.text());
      }
      end(process);
      return new Result(
          Result.TIMED_OUT,
          out.text(),
          err.text() + "ended after " + limit.toMillis() / 1000.0 + " s\n");
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  /**
   * Runs a program that has to succeed.
   *
   * @return its standard output
   * @throws IllegalStateException when it fails; the message has the command and its error output
   */
  public static String require(String... command) {
    Result result = run(List.of(command), LIMIT);
    if (!result.ok()) {
      throw new IllegalStateException(
          String.join(" ", command)
              + ": exit status "
              + result.status()
              + ": "
              + (result.err().isBlank() ? result.out() : result.err()).strip());
    }
    return result.out();
  }

  private static void end(Process process) {
    // A shell that outlives its children would have something to say about it.
    List<ProcessHandle> descendants = process.descendants().toList();
    // By its handle: Process.destroyForcibly would close the streams before they are read.
    process.toHandle().destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  /** Collects a stream while the program runs, so that it never waits for a full pipe. */
  private static final class Reader {
    /** After the program's end only what a child of it still holds open is waited for. */
    private static final Duration AFTER_END = Duration.ofSeconds(1);

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread thread;

    Reader(InputStream stream) {
      thread = Thread.ofVirtual().start(() -> read(stream));
    }

    private void read(InputStream stream) {
      byte[] part = new byte[8192];
      try (stream) {
        for (int n = stream.read(part); n >= 0; n = stream.read(part)) {
          if (kept.size() < KEPT_BYTES) {
            kept.write(part, 0, n);
          }
        }
      } catch (IOException e) {
        // Closed under us at the JVM's end: what came until then is all there is.
      }
    }

    String text() throws InterruptedException {
      thread.join(AFTER_END);
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
