package org.jlvs.core.mark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The words of a command, taken one by one. */
final class Words {
  /** Short options of iptables that take an argument, which may stick to them. */
  private static final String SHORT_WITH_ARGUMENT = "ADCIRNEPsdiopjgmtcw";

  private final Deque<String> left;

  Words(List<String> words) {
    left = new ArrayDeque<>(words);
  }

  /**
   * The words of a line of {@code iptables-save}: separated by blanks, in double quotes where they
   * hold some, with backslashes before special characters inside the quotes.
   */
  static List<String> split(String line) throws RuleSyntaxException {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      if (isBlank(line.charAt(at))) {
        at++;
        continue;
      }
      StringBuilder word = new StringBuilder();
      boolean quoted = false;
      while (at < line.length() && (quoted || !isBlank(line.charAt(at)))) {
        char c = line.charAt(at++);
        if (c == '"') {
          quoted = !quoted;
        } else if (c == '\\' && quoted && at < line.length()) {
          word.append(line.charAt(at++));
        } else {
          word.append(c);
        }
      }
      if (quoted) {
        throw new RuleSyntaxException("a quote is not closed");
      }
      words.add(word.toString());
    }
    return words;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /** A word as {@code iptables-save} writes it. */
  static String quoted(String word) {
    if (!word.isEmpty() && word.chars().allMatch(Words::needsNoQuotes)) {
      return word;
    }
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '"' || c == '\\' || c == '\'') {
        text.append('\\');
      }
      text.append(c);
    }
    return text.append('"').toString();
  }

  private static boolean needsNoQuotes(int c) {
    return c < 128 && Character.isLetterOrDigit(c) || c == '_' || c == '-';
  }

  boolean isEmpty() {
    return left.isEmpty();
  }

  String next() {
    return left.removeFirst();
  }

  /**
   * The next word where an option may stand: {@code --name=value} and {@code -xvalue} come out as
   * two words.
   */
  String nextOption() {
    String word = left.removeFirst();
    if (word.startsWith("--")) {
      int equals = word.indexOf('=');
      if (equals > 2) {
        left.addFirst(word.substring(equals + 1));
        return word.substring(0, equals);
      }
    } else if (word.startsWith("-") && word.length() > 2) {
      String rest = word.substring(2);
      boolean argument = SHORT_WITH_ARGUMENT.indexOf(word.charAt(1)) >= 0;
      left.addFirst(argument ? rest : "-" + rest);
      return word.substring(0, 2);
    }
    return word;
  }

  /** The argument that {@code option} needs. */
  String argument(String option) throws RuleSyntaxException {
    if (left.isEmpty()) {
      throw new RuleSyntaxException("option \"" + option + "\" requires an argument");
    }
    return left.removeFirst();
  }

  /** The next word if it is no option, for arguments that may be left out. */
  boolean hasPlainWord() {
    return !left.isEmpty() && !left.getFirst().startsWith("-") && !left.getFirst().equals("!");
  }
}
