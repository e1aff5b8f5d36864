package org.jlvs.ipvsadm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.Director;

/**
 * Commands with what the original answered. A file holds one case after the other: a line {@code $
 * command}, standard input under {@code --- stdin} when there is some, and either {@code exit:},
 * {@code --- stdout} and {@code --- stderr}, or {@code expected: not given}.
 */
record Recording(String command, String input, Optional<Answer> expected) {
  record Answer(int exitCode, String out, String err) {}

  static final Path RESOURCES = Path.of("src/test/resources");

  static List<Recording> read(Path file) throws IOException {
    List<Recording> recordings = new ArrayList<>();
    String text = Files.readString(file, StandardCharsets.UTF_8).replaceFirst("\n$", "");
    for (String part : ("\n" + text).split("\n\\$ ", -1)) {
      int endOfCommand = part.indexOf('\n');
      if (endOfCommand >= 0 && !part.startsWith("#") && !part.startsWith("\n")) {
        recordings.add(of(part.substring(0, endOfCommand), part.substring(endOfCommand + 1)));
      }
    }
    return recordings;
  }

  private static Recording of(String command, String rest) {
    String input = "";
    String answer = rest;
    if (answer.startsWith("--- stdin\n")) {
      int exit = answer.indexOf("\nexit: ") + 1;
      input = answer.substring("--- stdin\n".length(), exit);
      answer = answer.substring(exit);
    }
    if (answer.startsWith("expected: not given")) {
      return new Recording(command, input, Optional.empty());
    }
    int out = answer.indexOf("--- stdout\n");
    int err = answer.indexOf("--- stderr");
    int exitCode = Integer.parseInt(answer.substring("exit: ".length(), out).strip());
    String errText = answer.substring(err + "--- stderr".length());
    return new Recording(
        command,
        input,
        Optional.of(
            new Answer(
                exitCode, answer.substring(out + "--- stdout\n".length(), err), lines(errText))));
  }

  /** A text whose last end of line the split into cases has taken. */
  private static String lines(String text) {
    return text.isEmpty() ? "" : text.substring(1) + "\n";
  }

  /** Runs the command, which may also be {@code cat} of a file in /proc/net. */
  static Answer run(String command, String input, Director director) throws IOException {
    List<String> words = words(command);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = 0;
    if (words.getFirst().equals("cat")) {
      String file = words.get(1).substring("/proc/net/".length());
      exitCode = ProcFiles.render(file, director, out) ? 0 : 1;
    } else {
      exitCode =
          Ipvsadm.run(
              words.getFirst(),
              words.subList(1, words.size()),
              new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
              out,
              err,
              director,
              new SystemNames(
                  RESOURCES.resolve("hosts"), RESOURCES.resolve("services"), Duration.ZERO));
    }
    return new Answer(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Answer run(Director director) throws IOException {
    return run(command, input, director);
  }

  /** Splits at blanks outside of quotes, as a shell does. */
  static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (char c : command.toCharArray()) {
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        word = word == null ? new StringBuilder() : word;
      } else if (quote == 0 && c == ' ') {
        if (word != null) {
          words.add(word.toString());
          word = null;
        }
      } else {
        word = (word == null ? new StringBuilder() : word).append(c);
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words;
  }
}
