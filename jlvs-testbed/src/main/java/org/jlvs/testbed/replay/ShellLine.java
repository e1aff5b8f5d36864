package org.jlvs.testbed.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A shell's command line: pipelines joined by {@code ;}, {@code &&} and {@code ||}, whose commands
 * may read and write files by {@code <}, {@code >}, {@code >>}, {@code 2>} and {@code 2>&1}.
 */
final class ShellLine {
  private static final String BEYOND = "$`()";

  /** When a pipeline runs: always, or only when the last one ended well, or badly. */
  enum When {
    ALWAYS,
    IF_GOOD,
    IF_BAD
  }

  /** Where a stream goes. */
  record Target(String file, boolean append) {}

  /**
   * @param errorsToOutput whether what it says of errors goes where its output goes
   */
  record Command(
      List<String> words,
      Optional<String> input,
      Optional<Target> output,
      Optional<Target> errors,
      boolean errorsToOutput) {}

  /** Commands, each of which reads what the one before it has written. */
  record Pipeline(When when, List<Command> commands) {}

  private final String line;
  private final List<Pipeline> pipelines = new ArrayList<>();
  private int at;
  private When when = When.ALWAYS;
  private List<Command> commands = new ArrayList<>();
  private StringBuilder words = new StringBuilder();
  private Optional<String> input = Optional.empty();
  private Optional<Target> output = Optional.empty();
  private Optional<Target> errors = Optional.empty();
  private boolean errorsToOutput;

  private ShellLine(String line) {
    this.line = line;
  }

  /** The pipelines of a line; empty when it has what a simulated shell does not know. */
  static Optional<List<Pipeline>> read(String line) {
    ShellLine reading = new ShellLine(line);
    return reading.read() ? Optional.of(List.copyOf(reading.pipelines)) : Optional.empty();
  }

  private boolean read() {
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == '\'' || c == '"') {
        quoted(c);
      } else if (BEYOND.indexOf(c) >= 0) {
        return false;
      } else if (take("&&")) {
        endPipeline(When.IF_GOOD);
      } else if (take("||")) {
        endPipeline(When.IF_BAD);
      } else if (take(";") || take("\n")) {
        endPipeline(When.ALWAYS);
      } else if (take("|")) {
        endCommand();
      } else if (take("2>&1")) {
        errorsToOutput = true;
      } else if (take("2>>")) {
        errors = Optional.of(new Target(word(), true));
      } else if (take("2>")) {
        errors = Optional.of(new Target(word(), false));
      } else if (take(">>")) {
        output = Optional.of(new Target(word(), true));
      } else if (take(">")) {
        output = Optional.of(new Target(word(), false));
      } else if (take("<")) {
        input = Optional.of(word());
      } else if (c == '&') {
        return false;
      } else {
        words.append(c);
        at++;
      }
    }
    endPipeline(When.ALWAYS);
    return true;
  }

  private boolean take(String sign) {
    // A number before a sign is part of a word unless it stands alone.
    boolean alone = at == 0 || Character.isWhitespace(line.charAt(at - 1));
    if (!line.startsWith(sign, at) || (sign.startsWith("2") && !alone)) {
      return false;
    }
    at += sign.length();
    return true;
  }

  private void quoted(char quote) {
    int end = line.indexOf(quote, at + 1);
    int after = end < 0 ? line.length() : end + 1;
    words.append(line, at, after);
    at = after;
  }

  /** The name of a file. */
  private String word() {
    while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
      at++;
    }
    int begin = at;
    while (at < line.length() && " \t\n;|&<>".indexOf(line.charAt(at)) < 0) {
      at++;
    }
    return ShellWords.split(line.substring(begin, at)).getFirst();
  }

  private void endCommand() {
    commands.add(
        new Command(ShellWords.split(words.toString()), input, output, errors, errorsToOutput));
    words = new StringBuilder();
    input = Optional.empty();
    output = Optional.empty();
    errors = Optional.empty();
    errorsToOutput = false;
  }

  private void endPipeline(When next) {
    if (!words.toString().isBlank()) {
      endCommand();
    }
    if (!commands.isEmpty()) {
      pipelines.add(new Pipeline(when, commands));
      commands = new ArrayList<>();
    }
    when = next;
  }
}
