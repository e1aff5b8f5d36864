package org.jlvs.testbed.differential;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command that compares with the kernel what random seeds bring about: {@code [--seeds A-B]
 * [--keep DIR]}, and flags of its own.
 *
 * @param usage a line
 * @param lastSeed of a run that is told no seeds, which begins with 1
 * @param flags its own options, none of which has a value
 */
public record SeededCommand(String usage, long lastSeed, Set<String> flags) {
  /** Something differs. */
  public static final int DIFFERENT = 1;

  private static final int MISUSED = 2;
  private static final Pattern RANGE = Pattern.compile("(\\d{1,12})(?:-(\\d{1,12}))?");

  /**
   * What a run is to do.
   *
   * @param last included
   * @param keep the user's folder for what is written
   * @param flags those that were given
   */
  public record Run(long first, long last, Optional<Path> keep, Set<String> flags) {}

  /** Does it, in a folder for its files, and returns the exit code. */
  public interface Comparison {
    int compare(Run run, Path folder) throws IOException, InterruptedException;
  }

  private static final class MisuseException extends Exception {
    private static final long serialVersionUID = 1;

    MisuseException(String message) {
      super(message);
    }
  }

  /**
   * Reads the arguments and has the comparison made.
   *
   * @return the exit code: the comparison's; 2 for misuse and where the kernel cannot run
   */
  public int run(List<String> arguments, PrintStream err, Comparison comparison)
      throws InterruptedException {
    try {
      Run run = read(arguments);
      Optional<String> missing = UserModeLinux.missing();
      if (missing.isPresent()) {
        return misused(err, "the kernel's IPVS cannot run here: " + missing.get());
      }
      try (WorkFolder folder = WorkFolder.open(run.keep)) {
        return comparison.compare(run, folder.path());
      }
    } catch (MisuseException e) {
      return misused(err, e.getMessage() + "; " + usage);
    } catch (IOException e) {
      return misused(err, String.valueOf(e.getMessage()));
    }
  }

  private static int misused(PrintStream err, String what) {
    err.println("jlvs differential: " + what);
    return MISUSED;
  }

  private Run read(List<String> arguments) throws MisuseException {
    long first = 1;
    long last = lastSeed;
    Optional<Path> keep = Optional.empty();
    Set<String> given = new TreeSet<>();
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      if (flags.contains(option)) {
        given.add(option);
        continue;
      }
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      i++;
      switch (option) {
        case "--seeds" -> {
          Matcher range = RANGE.matcher(value);
          if (!range.matches()) {
            throw new MisuseException(
                "--seeds wants a range of numbers like 1-200, not \"" + value + "\"");
          }
          first = Long.parseLong(range.group(1));
          last = range.group(2) == null ? first : Long.parseLong(range.group(2));
        }
        case "--keep" -> {
          if (value.isEmpty()) {
            throw new MisuseException("--keep wants a folder");
          }
          keep = Optional.of(Path.of(value));
        }
        default -> throw new MisuseException("unknown option \"" + option + "\"");
      }
    }
    if (last < first) {
      throw new MisuseException("the seeds %d-%d are no range".formatted(first, last));
    }
    return new Run(first, last, keep, given);
  }
}
