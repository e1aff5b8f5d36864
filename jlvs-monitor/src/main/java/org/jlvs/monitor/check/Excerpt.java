package org.jlvs.monitor.check;

/** Makes text from outside fit for one line of a log. */
final class Excerpt {
  private static final int LONGEST = 60;

  private Excerpt() {}

  /** The beginning of {@code text}, in quotes, without control characters. */
  static String of(String text) {
    StringBuilder shown = new StringBuilder("\"");
    int end = Math.min(text.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c >= 0x7f ? '.' : c);
    }
    return shown.append(text.length() > LONGEST ? "…\"" : "\"").toString();
  }
}
