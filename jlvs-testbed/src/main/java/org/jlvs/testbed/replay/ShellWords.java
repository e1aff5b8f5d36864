package org.jlvs.testbed.replay;

import java.util.ArrayList;
import java.util.List;

/** Splits command lines into words, with quotes, and knows printf's escapes. */
final class ShellWords {
  private ShellWords() {}

  static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        inWord = true;
      } else if (Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words.isEmpty() ? List.of("") : words;
  }

  /** What printf makes of a format without conversions. */
  static String printf(List<String> arguments) {
    int first = !arguments.isEmpty() && arguments.getFirst().equals("--") ? 1 : 0;
    if (arguments.size() <= first) {
      return "";
    }
    return arguments.get(first).replace("\\n", "\n").replace("\\t", "\t").replace("%%", "%");
  }
}
