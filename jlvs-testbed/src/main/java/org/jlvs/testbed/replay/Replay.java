package org.jlvs.testbed.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code jlvs replay [--emit] TRACE…}: gives recorded traces to the core, with a simulated clock,
 * and compares what it does with what the kernel did. Prints {@code NAME: ok} or the first
 * difference; with {@code --emit}, the same traces as the core would have recorded them.
 */
public final class Replay {
  private static final int DIFFERENT = 1;
  private static final int MISUSED = 2;

  private Replay() {}

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int exitCode = run(List.of(arguments), out, err);
    out.flush();
    System.exit(exitCode);
  }

  /**
   * Runs the command.
   *
   * @return the exit code: 0 when nothing differs, 1 when something does, 2 for misuse and for
   *     files that are no traces
   */
  public static int run(List<String> arguments, PrintStream out, PrintStream err) {
    List<Path> files = new ArrayList<>();
    boolean emit = false;
    for (String argument : arguments) {
      if (argument.equals("--emit")) {
        emit = true;
      } else if (argument.startsWith("-")) {
        err.println("replay: unknown option " + argument + "; usage: replay [--emit] TRACE...");
        return MISUSED;
      } else {
        files.add(Path.of(argument));
      }
    }
    if (files.isEmpty()) {
      err.println("replay: no trace given; usage: replay [--emit] TRACE...");
      return MISUSED;
    }
    int exitCode = 0;
    for (Path file : files) {
      exitCode = Math.max(exitCode, run(file, emit, out, err));
    }
    return exitCode;
  }

  private static int run(Path file, boolean emit, PrintStream out, PrintStream err) {
    try {
      Optional<String> difference = TraceRun.run(file, emit ? out::println : line -> {});
      if (!emit) {
        out.print(
            difference
                .map(text -> name(file) + ": differs\n" + text)
                .orElse(name(file) + ": ok\n"));
      }
      return difference.isPresent() ? DIFFERENT : 0;
    } catch (NoSuchFileException e) {
      err.println("replay: there is no file " + file);
      return MISUSED;
    } catch (IOException e) {
      err.println("replay: " + file + " can't be replayed: " + e.getMessage());
      return MISUSED;
    }
  }

  /** A trace's name: that of its file, without the ending. */
  static String name(Path file) {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString().replaceFirst("\\.jsonl$", "");
  }

  /**
   * Replays one trace.
   *
   * @return the first difference, readable; nothing when there is none
   * @throws IOException when the file cannot be read or is no trace
   */
  public static Optional<String> differenceOf(Path file) throws IOException {
    return TraceRun.run(file, line -> {});
  }

  /**
   * A trace's lines with what readers like to see of frames: receivers' names and fields. Replaying
   * needs neither.
   */
  public static List<String> described(Path file) throws IOException {
    return TraceRun.described(file);
  }
}
