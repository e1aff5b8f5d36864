package org.jlvs.monitor.config;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What stands after a directive's equals sign, and how the kinds of values are read from it.
 *
 * @param text without blanks at its ends
 * @param column of its first character, from 1
 * @param warn takes the column and the text of a warning
 */
record Value(String directive, String text, int column, BiConsumer<Integer, String> warn) {
  private static final Pattern NUMBER = Pattern.compile("[^0-9A-Za-z-]*(\\d+).*");
  private static final Pattern WORD = Pattern.compile("[\\w-]+");

  /** A value that cannot be used, and where. */
  static final class Invalid extends Exception {
    private static final long serialVersionUID = 1;

    private final int column;

    Invalid(int column, String message) {
      super(message);
      this.column = column;
    }

    int column() {
      return column;
    }
  }

  Invalid invalid(String expected) {
    return invalidAt(0, expected);
  }

  /**
   * @param offset of the wrong part within the text
   */
  Invalid invalidAt(int offset, String expected) {
    String shown = text.isEmpty() ? directive + "= has no value" : directive + "=" + text;
    return new Invalid(column + offset, shown + ": expected " + expected);
  }

  /**
   * The first number of the text, which only signs stand before; the original reads no further
   * either.
   */
  int number(int minimum, String expected) throws Invalid {
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.matches()) {
      throw invalid(expected);
    }
    String digits = matcher.group(1);
    if (digits.length() > 10 || Long.parseLong(digits) > Integer.MAX_VALUE) {
      throw invalid(expected + ", and at most " + Integer.MAX_VALUE);
    }
    int number = Integer.parseInt(digits);
    if (number < minimum) {
      throw invalid(expected);
    }
    boolean bare = text.equals(digits) || text.equals("\"" + digits + "\"");
    if (!bare) {
      warn.accept(column, directive + "=" + text + " is taken as " + number);
    }
    return number;
  }

  int seconds() throws Invalid {
    return number(1, "a number of seconds, 1 or more");
  }

  boolean yesNo() throws Invalid {
    return switch (text) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw invalid("yes or no");
    };
  }

  /** What stands between the first quote, with which the text must begin, and the last one. */
  String quoted() throws Invalid {
    int last = text.lastIndexOf('"');
    if (!text.startsWith("\"") || last == 0) {
      throw invalid("text in double quotes");
    }
    return text.substring(1, last);
  }

  String quotedNotEmpty() throws Invalid {
    String inner = quoted();
    if (inner.isEmpty()) {
      throw invalid("text in double quotes that is not empty");
    }
    return inner;
  }

  /** The text, out of its quotes if it stands in some. */
  String plain() {
    boolean quotes = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quotes ? text.substring(1, text.length() - 1) : text;
  }

  String plainNotEmpty(String expected) throws Invalid {
    String inner = plain();
    if (inner.isBlank()) {
      throw invalid(expected);
    }
    return inner;
  }

  /** The first word; what follows it is reported and ignored. */
  String word() {
    String inner = plain().strip();
    int end = 0;
    while (end < inner.length() && !Character.isWhitespace(inner.charAt(end))) {
      end++;
    }
    if (end < inner.length()) {
      warn.accept(
          column + end,
          directive + "=" + text + ": what follows \"" + inner.substring(0, end) + "\" is ignored");
    }
    return inner.substring(0, end);
  }

  /**
   * The first run of letters, digits, {@code _} and {@code -}; the rest is reported and ignored.
   */
  String keyword() {
    Matcher matcher = WORD.matcher(text);
    if (!matcher.find()) {
      return "";
    }
    String found = matcher.group();
    if (!text.equals(found) && !text.equals("\"" + found + "\"")) {
      warn.accept(column, directive + "=" + text + " is taken as " + found);
    }
    return found;
  }

  PerlRegexp regexp() throws Invalid {
    String source = quotedNotEmpty();
    try {
      return PerlRegexp.of(source);
    } catch (PatternSyntaxException wrong) {
      throw invalidAt(1, "a regular expression; " + firstLine(wrong));
    }
  }

  static String firstLine(PatternSyntaxException wrong) {
    String reason = wrong.getDescription();
    int at = wrong.getIndex();
    return at < 0 ? reason : reason + " (character " + (at + 1) + " of it)";
  }

  /** The quoted or bare words of a comma-separated list. */
  List<String> list() {
    return List.of(text.split("\\s*,\\s*", -1));
  }
}
