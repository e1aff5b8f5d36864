package org.jlvs.core.net;

import java.util.Optional;

/** Text forms of addresses, as {@code inet_pton} reads and {@code inet_ntop} writes them. */
final class AddressText {
  private AddressText() {}

  static Optional<Address> parseIpv4(String text) {
    long bits = ipv4Bits(text);
    return bits < 0 ? Optional.empty() : Optional.of(Address.ipv4((int) bits));
  }

  /** The address as an unsigned number, or -1. */
  private static long ipv4Bits(String text) {
    long bits = 0;
    int octets = 0;
    int at = 0;
    while (octets < 4) {
      int start = at;
      int value = 0;
      while (at < text.length() && isDigit(text.charAt(at)) && at - start < 3) {
        value = value * 10 + text.charAt(at++) - '0';
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      if (at == start || value > 255 || leadingZero) {
        return -1;
      }
      bits = bits << 8 | value;
      octets++;
      if (octets < 4) {
        if (at >= text.length() || text.charAt(at) != '.') {
          return -1;
        }
        at++;
      }
    }
    return at == text.length() ? bits : -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static Optional<Address> parseIpv6(String text) {
    int gap = text.indexOf("::");
    int[] words = new int[8];
    if (gap < 0) {
      return parseWords(text, words, 0) == 8 ? Optional.of(ofWords(words)) : Optional.empty();
    }
    String before = text.substring(0, gap);
    String after = text.substring(gap + 2);
    int[] tail = new int[8];
    int head = before.isEmpty() ? 0 : parseWords(before, words, 0);
    int count = after.isEmpty() ? 0 : parseWords(after, tail, head);
    if (head < 0 || count < 0 || (before.contains(".")) || head + count > 7) {
      return Optional.empty();
    }
    System.arraycopy(tail, 0, words, 8 - count, count);
    return Optional.of(ofWords(words));
  }

  /** Reads colon-separated groups, the last of which may be an IPv4 address; their count, or -1. */
  private static int parseWords(String text, int[] words, int already) {
    String[] groups = text.split(":", -1);
    int count = 0;
    for (int i = 0; i < groups.length; i++) {
      boolean embedded = i == groups.length - 1 && groups[i].indexOf('.') >= 0;
      if (count + (embedded ? 2 : 1) + already > 8) {
        return -1;
      }
      if (embedded) {
        long bits = ipv4Bits(groups[i]);
        if (bits < 0) {
          return -1;
        }
        words[count++] = (int) (bits >>> 16);
        words[count++] = (int) (bits & 0xffff);
      } else {
        int value = hexWord(groups[i]);
        if (value < 0) {
          return -1;
        }
        words[count++] = value;
      }
    }
    return count;
  }

  private static int hexWord(String group) {
    if (group.isEmpty() || group.length() > 4) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < group.length(); i++) {
      char c = group.charAt(i);
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static Address ofWords(int[] w) {
    return Address.ipv6(half(w, 0), half(w, 4));
  }

  private static long half(int[] w, int from) {
    return (long) w[from] << 48 | (long) w[from + 1] << 32 | (long) w[from + 2] << 16 | w[from + 3];
  }

  static String formatIpv4(int bits) {
    return (bits >>> 24)
        + "."
        + (bits >>> 16 & 255)
        + "."
        + (bits >>> 8 & 255)
        + "."
        + (bits & 255);
  }

  static String formatIpv6(long high, long low) {
    int[] w = new int[8];
    for (int i = 0; i < 4; i++) {
      w[i] = (int) (high >>> (48 - 16 * i) & 0xffff);
      w[4 + i] = (int) (low >>> (48 - 16 * i) & 0xffff);
    }
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int j = i;
      while (j < 8 && w[j] == 0) {
        j++;
      }
      if (j - i > bestLength) {
        bestStart = i;
        bestLength = j - i;
      }
      i = Math.max(i, j - 1);
    }
    // glibc writes the last 32 bits as IPv4 in ::a.b.c.d and ::ffff:a.b.c.d
    boolean mapped = bestStart == 0 && (bestLength == 6 || (bestLength == 5 && w[5] == 0xffff));
    StringBuilder text = new StringBuilder(39);
    int words = mapped ? 6 : 8;
    for (int i = 0; i < words; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(w[i]));
      }
    }
    if (mapped) {
      if (text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(formatIpv4(w[6] << 16 | w[7]));
    }
    return text.toString();
  }
}
