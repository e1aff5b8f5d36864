package org.jlvs.monitor.check;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * An HTTP/1.x answer (RFC 9112) as far as a check needs it: status, where it redirects to, and the
 * beginning of its body. Reading is bounded whatever the server sends; time is bounded by the
 * stream.
 */
final class HttpAnswer {
  /** Bytes of a body that are read; the rest does not count. */
  static final int LONGEST_BODY = 1 << 20;

  private static final int LONGEST_LINE = 16 << 10;
  private static final int LONGEST_HEAD = 64 << 10;
  private static final int MOST_INTERIM_ANSWERS = 10;

  private final int status;
  private final Optional<String> location;
  private final Optional<String> header;
  private final byte[] body;

  private HttpAnswer(int status, Head head, byte[] body) {
    this.status = status;
    this.location = head.location();
    this.header = head.wanted();
    this.body = body;
  }

  int status() {
    return status;
  }

  /** The Location header. */
  Optional<String> location() {
    return location;
  }

  /** The header that was asked for; of several, the last. */
  Optional<String> header() {
    return header;
  }

  /** The body's first bytes, at most {@link #LONGEST_BODY}; not a copy. */
  byte[] body() {
    return body;
  }

  boolean successful() {
    return status >= 200 && status < 300;
  }

  boolean redirects() {
    return location.isPresent()
        && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
  }

  /**
   * Reads one answer.
   *
   * @param toHead whether it answers a HEAD request and so has no body
   * @param header whose value is kept, in lower case; empty for none
   * @throws ProtocolException if it is not HTTP/1.x, with what came instead
   * @throws EOFException if it ends too early
   */
  static HttpAnswer read(InputStream stream, boolean toHead, String header) throws IOException {
    Reader reader = new Reader(stream, header);
    for (int interim = 0; interim <= MOST_INTERIM_ANSWERS; interim++) {
      int status = reader.statusLine();
      Head head = reader.head();
      if (status >= 200) {
        boolean bodiless = toHead || status == 204 || status == 304;
        byte[] body = bodiless ? new byte[0] : reader.body(head);
        return new HttpAnswer(status, head, body);
      }
    }
    throw new ProtocolException("more than " + MOST_INTERIM_ANSWERS + " interim answers");
  }

  /**
   * @param length of the body, -1 when not given
   */
  private record Head(
      long length, boolean chunked, Optional<String> location, Optional<String> wanted) {}

  private static final class Reader {
    private final InputStream stream;
    private final String wantedHeader;
    private final byte[] buffer = new byte[8192];
    private int at;
    private int end;
    private int headBytes;

    Reader(InputStream stream, String wantedHeader) {
      this.stream = stream;
      this.wantedHeader = wantedHeader;
    }

    private boolean fill() throws IOException {
      at = 0;
      end = Math.max(0, stream.read(buffer, 0, buffer.length));
      return end > 0;
    }

    /** A line without its end; null at the end of the stream. */
    private String line() throws IOException {
      byte[] line = new byte[128];
      int length = 0;
      while (true) {
        if (at == end && !fill()) {
          throw new EOFException(
              headBytes == 0 && length == 0
                  ? "connection closed without an answer"
                  : "connection closed within the answer's head");
        }
        byte b = buffer[at++];
        if (b == '\n') {
          headBytes++;
          boolean carriageReturn = length > 0 && line[length - 1] == '\r';
          return new String(
              line, 0, carriageReturn ? length - 1 : length, StandardCharsets.ISO_8859_1);
        }
        if (length == LONGEST_LINE || ++headBytes > LONGEST_HEAD) {
          throw new ProtocolException("the answer's head is longer than a check reads");
        }
        if (length == line.length) {
          line = Arrays.copyOf(line, 2 * length);
        }
        line[length++] = b;
      }
    }

    int statusLine() throws IOException {
      headBytes = 0;
      String line = line();
      boolean http =
          line.length() >= 12
              && line.startsWith("HTTP/1.")
              && Character.isDigit(line.charAt(7))
              && line.charAt(8) == ' ';
      String code = http ? line.substring(9, 12) : "";
      boolean wholeCode = line.length() == 12 || (line.length() > 12 && line.charAt(12) == ' ');
      if (!code.matches("[1-9][0-9][0-9]") || !wholeCode) {
        throw new ProtocolException("not an HTTP answer: " + Excerpt.of(line));
      }
      return Integer.parseInt(code);
    }

    Head head() throws IOException {
      long length = -1;
      boolean chunked = false;
      Optional<String> location = Optional.empty();
      Optional<String> wanted = Optional.empty();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        if (colon <= 0) {
          continue;
        }
        String value = line.substring(colon + 1).strip();
        String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
        if (name.equals(wantedHeader)) {
          wanted = Optional.of(value);
        }
        switch (name) {
          case "content-length" -> length = length(value);
          case "transfer-encoding" -> chunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
          case "location" -> location = Optional.of(value);
          default -> {}
        }
      }
      return new Head(length, chunked, location, wanted);
    }

    private static long length(String value) throws ProtocolException {
      if (!value.matches("[0-9]{1,18}")) {
        throw new ProtocolException("Content-Length: " + Excerpt.of(value));
      }
      return Long.parseLong(value);
    }

    byte[] body(Head head) throws IOException {
      if (head.chunked()) {
        return chunks();
      }
      int wanted = (int) Math.min(head.length() < 0 ? LONGEST_BODY : head.length(), LONGEST_BODY);
      Body body = new Body(head.length() < 0 ? 8192 : Math.min(wanted, 65_536));
      boolean whole = copy(body, wanted);
      if (!whole && head.length() >= 0) {
        throw new EOFException(
            "connection closed after " + body.length + " of " + head.length() + " bytes");
      }
      return body.bytes();
    }

    private byte[] chunks() throws IOException {
      Body body = new Body(8192);
      while (true) {
        headBytes = 0;
        String line = line();
        int semicolon = line.indexOf(';');
        String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
        if (!size.matches("[0-9A-Fa-f]{1,15}")) {
          throw new ProtocolException("chunk size: " + Excerpt.of(size));
        }
        long length = Long.parseLong(size, 16);
        if (length == 0) {
          return body.bytes();
        }
        int wanted = (int) Math.min(length, LONGEST_BODY - body.length);
        if (!copy(body, wanted)) {
          throw new EOFException("connection closed within a chunk");
        }
        if (body.length == LONGEST_BODY) {
          return body.bytes();
        }
        if (!line().isEmpty()) {
          throw new ProtocolException("a chunk is longer than its size says");
        }
      }
    }

    /** Copies {@code wanted} bytes; false if the stream ends before. */
    private boolean copy(Body body, int wanted) throws IOException {
      int left = wanted;
      while (left > 0) {
        if (at == end && !fill()) {
          return false;
        }
        int count = Math.min(left, end - at);
        body.append(buffer, at, count);
        at += count;
        left -= count;
      }
      return true;
    }
  }

  private static final class Body {
    private byte[] bytes;
    private int length;

    Body(int size) {
      bytes = new byte[size];
    }

    void append(byte[] from, int offset, int count) {
      if (bytes.length - length < count) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
      }
      System.arraycopy(from, offset, bytes, length, count);
      length += count;
    }

    byte[] bytes() {
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
  }
}
