package org.jlvs.core.payload;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;

/**
 * An address and port as FTP's commands and answers tell them (RFC 959, RFC 2428), read as
 * leniently and as strictly as ip_vs_ftp.c does: the whole text in one segment, at its beginning.
 *
 * @param address empty where the text leaves it out
 * @param from where the text of the address begins in the packet
 * @param to the byte after it
 */
public record FtpEndpoint(Optional<Address> address, int port, int from, int to) {
  /** What carries an endpoint, and how. */
  public enum Form {
    PORT_COMMAND("PORT", ' ', false),
    EPRT_COMMAND("EPRT", ' ', true),
    PASV_ANSWER("227 ", '(', false),
    EPSV_ANSWER("229 ", '(', true);

    private final byte[] start;
    private final int opening;
    private final boolean extended;

    Form(String start, int opening, boolean extended) {
      this.start = start.getBytes(StandardCharsets.US_ASCII);
      this.opening = opening;
      this.extended = extended;
    }
  }

  private static final int NUMBERS = 6;
  private static final int LONGEST_IPV6_TEXT = 45;
  private static final int FIRST_VISIBLE = 33;
  private static final int LAST_VISIBLE = 126;

  /**
   * Reads the endpoint in a segment.
   *
   * @param data where the segment's data begins in the packet; it goes to the packet's end
   * @param family of the connection: extended addresses are of no other
   * @return empty when the segment does not begin with the form, or does not hold all of it
   */
  public static Optional<FtpEndpoint> read(Packet packet, int data, Form form, Family family) {
    if (!startsWith(packet, data, form.start)) {
      return Optional.empty();
    }
    int at = skipOpening(packet, data + form.start.length, form);
    if (at < 0) {
      return Optional.empty();
    }
    return form.extended ? readExtended(packet, at, form, family) : readNumbers(packet, at);
  }

  /** Whether a packet holds {@code word} at an offset, in whatever case. */
  static boolean startsWith(Packet packet, int at, byte[] word) {
    if (at < 0 || at > packet.length() - word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (upper(packet.u8(at + i)) != word[i]) {
        return false;
      }
    }
    return true;
  }

  private static int upper(int c) {
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  /** The opening may be repeated, and is left out before some numbers: 227 has no fixed syntax. */
  private static int skipOpening(Packet packet, int from, Form form) {
    int at = from;
    while (at < packet.length()) {
      int c = packet.u8(at);
      if (!form.extended && isDigit(c)) {
        return at;
      }
      at++;
      if (c == form.opening) {
        while (at < packet.length() && packet.u8(at) == form.opening) {
          at++;
        }
        return at < packet.length() ? at : -1;
      }
    }
    return -1;
  }

  /** {@code h1,h2,h3,h4,p1,p2}, and a byte after them. Numbers are taken modulo 256. */
  private static Optional<FtpEndpoint> readNumbers(Packet packet, int from) {
    long bytes = 0;
    int count = 0;
    int number = 0;
    int at = from;
    for (; at < packet.length(); at++) {
      int c = packet.u8(at);
      if (isDigit(c)) {
        number = number * 10 + c - '0' & 0xff;
      } else if (c == ',' && count < NUMBERS - 1) {
        bytes = bytes << 8 | number;
        number = 0;
        count++;
      } else {
        break;
      }
    }
    if (at == packet.length() || count != NUMBERS - 1) {
      return Optional.empty();
    }
    bytes = bytes << 8 | number;
    Address address = Address.ipv4((int) (bytes >>> 16));
    return Optional.of(new FtpEndpoint(Optional.of(address), (int) bytes & 0xffff, from, at));
  }

  /** {@code |family|address|port|} with any visible delimiter. */
  private static Optional<FtpEndpoint> readExtended(
      Packet packet, int from, Form form, Family family) {
    int delimiter = packet.u8(from);
    int field = from + 1;
    if (delimiter < FIRST_VISIBLE || delimiter > LAST_VISIBLE || field >= packet.length()) {
      return Optional.empty();
    }
    Optional<Address> address = Optional.empty();
    if (packet.u8(field) == delimiter) {
      boolean mayLackAddress = form == Form.EPSV_ANSWER;
      if (!mayLackAddress || !isAt(packet, field + 1, delimiter)) {
        return Optional.empty();
      }
      field += 2;
    } else {
      int number = family == Family.IPV4 ? '1' : '2';
      if (packet.u8(field) != number || !isAt(packet, field + 1, delimiter)) {
        return Optional.empty();
      }
      int end = indexOf(packet, field + 2, delimiter);
      address = end < 0 ? Optional.empty() : addressIn(packet, field + 2, end, family);
      if (address.isEmpty()) {
        return Optional.empty();
      }
      field = end + 1;
    }
    return readPort(packet, field, from, delimiter, address);
  }

  private static boolean isAt(Packet packet, int at, int c) {
    return at < packet.length() && packet.u8(at) == c;
  }

  private static int indexOf(Packet packet, int from, int c) {
    int end = Math.min(packet.length(), from + LONGEST_IPV6_TEXT + 1);
    for (int at = from; at < end; at++) {
      if (packet.u8(at) == c) {
        return at;
      }
    }
    return -1;
  }

  private static Optional<Address> addressIn(Packet packet, int from, int to, Family family) {
    StringBuilder text = new StringBuilder();
    for (int at = from; at < to; at++) {
      text.append((char) packet.u8(at));
    }
    return family == Family.IPV4
        ? dottedAddress(text)
        : Address.parse(text.toString()).filter(address -> !address.isIpv4());
  }

  /** As in4_pton, which minds no leading zeros. */
  private static Optional<Address> dottedAddress(CharSequence text) {
    int bits = 0;
    int dots = 0;
    int number = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isDigit(c)) {
        number = Math.max(number, 0) * 10 + c - '0';
        if (number > 255) {
          return Optional.empty();
        }
      } else if (c == '.' && number >= 0 && dots < 3) {
        bits = bits << 8 | number;
        dots++;
        number = -1;
      } else {
        return Optional.empty();
      }
    }
    return dots == 3 && number >= 0
        ? Optional.of(Address.ipv4(bits << 8 | number))
        : Optional.empty();
  }

  /** The port is taken modulo 65536. */
  private static Optional<FtpEndpoint> readPort(
      Packet packet, int from, int start, int delimiter, Optional<Address> address) {
    int port = 0;
    int at = from;
    while (at < packet.length() && isDigit(packet.u8(at))) {
      port = port * 10 + packet.u8(at) - '0' & 0xffff;
      at++;
    }
    if (port == 0 || !isAt(packet, at, delimiter)) {
      return Optional.empty();
    }
    return Optional.of(new FtpEndpoint(address, port, start, at + 1));
  }

  /** The text of an endpoint as 227 tells it. */
  public static byte[] numbers(Address address, int port) {
    String text = address.toString().replace('.', ',') + "," + (port >>> 8) + "," + (port & 0xff);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The text of a port as 229 tells it. */
  public static byte[] extended(int port) {
    return ("|||" + port + "|").getBytes(StandardCharsets.US_ASCII);
  }
}
