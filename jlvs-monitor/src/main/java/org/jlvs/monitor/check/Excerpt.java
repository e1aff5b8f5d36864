package org.jlvs.monitor.check;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes text from outside fit for one line of a log. */
final class Excerpt {
  private static final int LONGEST = 60;
  private static final int LONGEST_LINE = 200;

  private Excerpt() {}

  /** The beginning of {@code text}, in quotes, without control characters. */
  static String of(String text) {
    return '"' + printable(text, LONGEST) + '"';
  }

  /** The first line of a message that may quote what a server sent; empty for null. */
  static String line(@Nullable String message) {
    return message == null
        ? ""
        : printable(message.strip().lines().findFirst().orElse(""), LONGEST_LINE);
  }

  /** What an exception says, as the end of a sentence. */
  static String cause(IOException exception) {
    String message = clause(line(exception.getMessage()));
    return message.isEmpty() ? exception.getClass().getSimpleName() : message;
  }

  /** A sentence, as the end of another one. */
  static String clause(String sentence) {
    return sentence.isEmpty()
        ? ""
        : sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }

  private static String printable(String text, int longest) {
    StringBuilder shown = new StringBuilder();
    int end = Math.min(text.length(), longest);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c >= 0x7f ? '.' : c);
    }
    return shown.append(text.length() > longest ? "…" : "").toString();
  }
}
