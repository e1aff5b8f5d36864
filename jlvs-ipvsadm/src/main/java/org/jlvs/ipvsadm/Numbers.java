package org.jlvs.ipvsadm;

import java.util.Optional;
import org.jlvs.core.net.Address;

/** Numbers and addresses as the C library's {@code strtol}, {@code atoi}, {@code inet_aton} do. */
final class Numbers {
  private Numbers() {}

  /**
   * A decimal number that fills the text, apart from leading white space and a sign.
   *
   * @return the number, or -1 when it is none or not within the bounds, which are not negative
   */
  static long decimal(String text, long least, long most) {
    int at = 0;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    boolean negative = at < text.length() && text.charAt(at) == '-';
    if (negative || (at < text.length() && text.charAt(at) == '+')) {
      at++;
    }
    int start = at;
    long value = 0;
    while (at < text.length() && isDigit(text.charAt(at))) {
      value = Math.min(value * 10 + text.charAt(at++) - '0', Long.MAX_VALUE / 16);
    }
    if (negative) {
      value = -value;
    }
    return at == start || at < text.length() || value < least || value > most ? -1 : value;
  }

  /** The decimal number that the text begins with, 0 when there is none; huge ones are cut off. */
  static long leadingDecimal(String text) {
    int at = 0;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    int end = at;
    if (end < text.length() && (text.charAt(end) == '-' || text.charAt(end) == '+')) {
      end++;
    }
    int digits = end;
    while (end < text.length() && isDigit(text.charAt(end)) && end - digits < 18) {
      end++;
    }
    return end == digits ? 0 : Long.parseLong(text, at, end, 10);
  }

  /**
   * An IPv4 address in any form that {@code inet_aton} takes: one to four numbers, decimal, octal
   * or hexadecimal, the last of which fills the rest; anything may follow white space.
   */
  static Optional<Address> ipv4(String text) {
    long bits = 0;
    int at = 0;
    for (int part = 0; part < 4; part++) {
      int base = 10;
      int start = at;
      if (at < text.length() && text.charAt(at) == '0') {
        at++;
        base = 8;
        if (at < text.length() && (text.charAt(at) | 32) == 'x') {
          at++;
          start = at;
          base = 16;
        }
      }
      long value = 0;
      for (int digit; at < text.length() && (digit = digit(text.charAt(at), base)) >= 0; at++) {
        value = Math.min(value * base + digit, 1L << 40);
      }
      boolean last = at == text.length() || isSpace(text.charAt(at));
      int room = 8 * (4 - part);
      if (at == start || value >= (last ? 1L << room : 256)) {
        return Optional.empty();
      }
      if (last) {
        return Optional.of(Address.ipv4((int) (bits | value)));
      }
      if (text.charAt(at) != '.') {
        return Optional.empty();
      }
      bits |= value << (room - 8);
      at++;
    }
    return Optional.empty();
  }

  private static int digit(char c, int base) {
    return c < 128 ? Character.digit(c, base) : -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
