package org.jlvs.ipvsadm;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Text in columns, written on in pieces of some kilobytes so that listings of any length stream.
 */
final class TextOut {
  private static final int PIECE = 16 * 1024;

  private final OutputStream out;
  private final StringBuilder text = new StringBuilder(PIECE + 512);

  TextOut(OutputStream out) {
    this.out = out;
  }

  TextOut add(String s) {
    text.append(s);
    return this;
  }

  TextOut add(char c) {
    text.append(c);
    return this;
  }

  TextOut add(long number) {
    text.append(number);
    return this;
  }

  /** Like {@code %-*s}. */
  TextOut left(String s, int width) {
    text.append(s);
    return pad(width - s.length());
  }

  /** Like {@code %-*d}. */
  TextOut left(long number, int width) {
    int start = text.length();
    text.append(number);
    return pad(width - (text.length() - start));
  }

  /** Like {@code %*d}. */
  TextOut right(long number, int width) {
    return right(Long.toString(number), width);
  }

  /** Like {@code %*s}. */
  TextOut right(String s, int width) {
    pad(width - s.length());
    text.append(s);
    return this;
  }

  /** Like {@code %0*X}. */
  TextOut hex(long number, int width) {
    for (int shift = 4 * (width - 1); shift >= 0; shift -= 4) {
      text.append("0123456789ABCDEF".charAt((int) (number >>> shift & 15)));
    }
    return this;
  }

  /** Ends a line. */
  TextOut line() throws IOException {
    text.append('\n');
    if (text.length() > PIECE) {
      write();
    }
    return this;
  }

  /** Passes on all that was added. */
  void flush() throws IOException {
    write();
    out.flush();
  }

  private void write() throws IOException {
    if (!text.isEmpty()) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      text.setLength(0);
    }
  }

  private TextOut pad(int count) {
    for (int i = 0; i < count; i++) {
      text.append(' ');
    }
    return this;
  }
}
