package org.jlvs.core.settings;

import java.util.OptionalLong;

/** How the kernel reads what is written to a file of settings: proc_get_long. */
final class SettingText {
  private SettingText() {}

  /** What blanks, tabs and line ends part. */
  static String[] words(String text) {
    String stripped = text.strip();
    return stripped.isEmpty() ? new String[0] : stripped.split("[ \t\n]+");
  }

  /** A number as C writes it: decimal, or octal after 0, or hexadecimal after 0x; or nothing. */
  static OptionalLong number(String word) {
    boolean negative = word.startsWith("-");
    String digits = negative ? word.substring(1) : word;
    int radix = 10;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      radix = 16;
      digits = digits.substring(2);
    } else if (digits.startsWith("0")) {
      radix = 8;
    }
    if (digits.isEmpty() || digits.chars().anyMatch(c -> !isAsciiDigit(c))) {
      return OptionalLong.empty();
    }
    try {
      long magnitude = Long.parseLong(digits, radix);
      return OptionalLong.of(negative ? -magnitude : magnitude);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static boolean isAsciiDigit(int c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
  }
}
