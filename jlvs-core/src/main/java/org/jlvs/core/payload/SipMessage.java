package org.jlvs.core.payload;

import org.jlvs.core.net.Packet;

/**
 * Finds the Call-ID of a SIP message (RFC 3261, 20.8), as leniently and as strictly as the kernel
 * does, which reads headers by nf_conntrack_sip.c. Pure functions; threads may share them.
 */
public final class SipMessage {
  /** The longest Call-ID that is one. */
  public static final int LONGEST_CALL_ID = 255;

  private static final long NONE = -1;
  private static final String NAME = "call-id";
  private static final char SHORT_NAME = 'i';
  private static final int FIRST_ACCENTED_LETTER = 0xc0;
  private static final int MULTIPLICATION_SIGN = 0xd7;
  private static final int DIVISION_SIGN = 0xf7;
  private static final String SIGNS_OF_WORDS = "!\"%()*+-./:<>?[\\]_`{}~'";

  private SipMessage() {}

  /**
   * Where the Call-ID of a message lies.
   *
   * @param from where the message begins in the packet; it goes to the packet's end
   * @return see {@link #offset} and {@link #length}; negative when the message has no Call-ID that
   *     could tell calls apart
   */
  public static long callId(Packet packet, int from) {
    int searched = from;
    while (true) {
      int value = valueOfNext(packet, searched);
      if (value < 0) {
        return NONE;
      }
      int length = valueLength(packet, value);
      if (length > 0) {
        return isUsable(packet, value, length) ? (long) value << Integer.SIZE | length : NONE;
      }
      // Where the kernel goes on: after the first of two such headers it may leave lines out.
      searched += value - from;
    }
  }

  private static boolean isUsable(Packet packet, int value, int length) {
    int end = value + length;
    return length <= LONGEST_CALL_ID && end < packet.length() && isEndOfLine(packet, end);
  }

  /** Where the value of the next header of that name begins; negative when there is none. */
  private static int valueOfNext(Packet packet, int from) {
    // What comes before the first end of a line is the request or the status.
    for (int at = from; at < packet.length(); at++) {
      if (!isEndOfLine(packet, at)) {
        continue;
      }
      at = afterEndOfLine(packet, at);
      int end = at < packet.length() && !isBlank(packet, at) ? afterName(packet, at) : at;
      if (end > at) {
        return valueAfter(packet, end);
      }
    }
    return -1;
  }

  /** Of an answer of {@link #callId}: where the value begins in the packet. */
  public static int offset(long callId) {
    return (int) (callId >>> Integer.SIZE);
  }

  /** Of an answer of {@link #callId}: how many bytes the value has. */
  public static int length(long callId) {
    return (int) callId;
  }

  private static boolean isEndOfLine(Packet packet, int at) {
    int c = packet.u8(at);
    return c == '\r' || c == '\n';
  }

  private static int afterEndOfLine(Packet packet, int at) {
    boolean isPair = packet.u8(at) == '\r' && at + 1 < packet.length() && packet.u8(at + 1) == '\n';
    return isPair ? at + 2 : at + 1;
  }

  private static boolean isBlank(Packet packet, int at) {
    int c = packet.u8(at);
    return c == ' ' || c == '\t';
  }

  /** The byte after the header's name; {@code at} itself when another header begins there. */
  private static int afterName(Packet packet, int at) {
    if (startsWithName(packet, at)) {
      return at + NAME.length();
    }
    boolean isShort =
        lower(packet.u8(at)) == SHORT_NAME
            && at + 1 < packet.length()
            && !isLetter(packet.u8(at + 1));
    return isShort ? at + 1 : at;
  }

  private static boolean startsWithName(Packet packet, int at) {
    if (packet.length() - at < NAME.length()) {
      return false;
    }
    for (int i = 0; i < NAME.length(); i++) {
      if (lower(packet.u8(at + i)) != NAME.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  }

  /** As the kernel's ctype.h has it: of ISO 8859-1. */
  private static boolean isLetter(int c) {
    return lower(c) >= 'a' && lower(c) <= 'z'
        || c >= FIRST_ACCENTED_LETTER && c != MULTIPLICATION_SIGN && c != DIVISION_SIGN;
  }

  /** Where the value behind a name and a colon begins; negative when there is none. */
  private static int valueAfter(Packet packet, int name) {
    int colon = skipBlanks(packet, name);
    if (colon >= packet.length() || packet.u8(colon) != ':') {
      return -1;
    }
    int value = skipBlanks(packet, colon + 1);
    return value < packet.length() ? value : -1;
  }

  /** Skips blanks and at most one folding of the line; the packet's end when there is no more. */
  private static int skipBlanks(Packet packet, int from) {
    int at = from;
    while (at < packet.length() && isBlank(packet, at)) {
      at++;
    }
    if (at >= packet.length() || !isEndOfLine(packet, at)) {
      return at;
    }
    at = afterEndOfLine(packet, at);
    if (at >= packet.length() || !isBlank(packet, at)) {
      return packet.length();
    }
    while (at < packet.length() && isBlank(packet, at)) {
      at++;
    }
    return at;
  }

  /** Bytes of {@code word [ "@" word ]}, 0 when that is not there. */
  private static int valueLength(Packet packet, int from) {
    int word = wordLength(packet, from);
    int at = from + word;
    if (word == 0 || at >= packet.length() || packet.u8(at) != '@') {
      return word;
    }
    int domain = wordLength(packet, at + 1);
    return domain == 0 ? 0 : word + 1 + domain;
  }

  private static int wordLength(Packet packet, int from) {
    int at = from;
    while (at < packet.length() && isOfWord(packet.u8(at))) {
      at++;
    }
    return at - from;
  }

  private static boolean isOfWord(int c) {
    return isLetter(c) || c >= '0' && c <= '9' || SIGNS_OF_WORDS.indexOf(c) >= 0;
  }
}
