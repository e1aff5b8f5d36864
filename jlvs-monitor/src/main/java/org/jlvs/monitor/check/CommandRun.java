package org.jlvs.monitor.check;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs an operator's command to its end, or to the end of its time. */
final class CommandRun {
  private static final Duration TURN = Duration.ofMillis(10);
  private static final int TURNS = 100;
  private static final Pattern SYSTEMS_WORDS = Pattern.compile("\\(([^()]+)\\)\\s*$");

  private CommandRun() {}

  /** What came of it. */
  sealed interface Result {}

  /**
   * @param output the beginning of what it wrote, each byte a character
   */
  record Ended(int status, String output) implements Result {}

  /**
   * It could not be started, or did not end.
   *
   * @param reason in a few words for the operator
   */
  record Failed(String reason) implements Result {}

  /**
   * Runs a command without input. When the time is over, or the caller's thread is interrupted, it
   * is killed with all it has started.
   *
   * @param mostOutput characters of its output that are kept; what follows is thrown away
   */
  static Result run(List<String> command, Duration timeout, int mostOutput)
      throws InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(
                  mostOutput > 0 ? ProcessBuilder.Redirect.PIPE : ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException failed) {
      return new Failed("cannot run " + command.getFirst() + ": " + why(failed));
    }
    Output output = new Output(process.getInputStream(), mostOutput);
    Thread reader = Thread.startVirtualThread(output);
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Failed(command.getFirst() + " did not end within " + timeout.toSeconds() + " s");
      }
      // It has written all, but what it has left behind may hold its output open.
      for (int turn = 0; turn < TURNS && reader.isAlive() && !output.hasLine(); turn++) {
        reader.join(TURN);
      }
      return new Ended(process.exitValue(), output.text());
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      reader.interrupt();
    }
  }

  /** The system's words, which Java puts into brackets behind its own. */
  private static String why(IOException failed) {
    Matcher words = SYSTEMS_WORDS.matcher(String.valueOf(failed.getMessage()));
    return words.find() ? Excerpt.clause(words.group(1)) : Excerpt.cause(failed);
  }

  /** Keeps the beginning of a stream and reads the rest, so that its writer is not held up. */
  private static final class Output implements Runnable {
    private final InputStream stream;
    private final byte[] kept;
    private int length;

    Output(InputStream stream, int most) {
      this.stream = stream;
      this.kept = new byte[most];
    }

    @Override
    public void run() {
      byte[] buffer = new byte[4096];
      try (stream) {
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
          keep(buffer, count);
        }
      } catch (IOException closed) {
        // It was killed: what has come is what there is.
      }
    }

    private synchronized void keep(byte[] bytes, int count) {
      int wanted = Math.min(count, kept.length - length);
      System.arraycopy(bytes, 0, kept, length, wanted);
      length += wanted;
    }

    /** Whether more would not be kept, or the first line is whole. */
    synchronized boolean hasLine() {
      return length == kept.length || text().indexOf('\n') >= 0;
    }

    synchronized String text() {
      return new String(kept, 0, length, StandardCharsets.ISO_8859_1);
    }
  }
}
