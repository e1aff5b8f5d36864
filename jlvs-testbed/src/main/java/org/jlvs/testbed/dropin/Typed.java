package org.jlvs.testbed.dropin;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A command as a shell passes it to a program.
 *
 * @param words the program's name and its arguments
 * @param input what comes by its standard input
 */
public record Typed(List<String> words, String input) {
  /** A command without standard input, from words between blanks. */
  public static Typed of(String line) {
    return new Typed(List.of(line.split(" ")), "");
  }

  /** As it could be typed to a shell. */
  @Override
  public String toString() {
    String line = words.stream().map(Typed::quoted).collect(Collectors.joining(" "));
    return input.isEmpty() ? line : line + " <<E\n" + input + "E";
  }

  private static String quoted(String word) {
    return word.matches("[-A-Za-z0-9_.:,=/\\[\\]+]+") ? word : "'" + word + "'";
  }
}
