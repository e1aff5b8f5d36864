package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Extension headers of IPv6 (RFC 8200), as bytes before what they precede. */
final class Ipv6Extensions {
  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int AUTHENTICATION = 51;
  static final int DESTINATION_OPTIONS = 60;

  private static final int PADDING = 1;
  private static final int BYTES = 8;

  /** Shortest authentication data: none, behind three words (RFC 4302). */
  private static final int AUTHENTICATION_BYTES = 16;

  private Ipv6Extensions() {}

  /** Some headers that may follow each other. */
  static List<Integer> some(Dice dice) {
    List<Integer> headers = new ArrayList<>();
    if (dice.chance(30)) {
      headers.add(HOP_BY_HOP);
    }
    if (dice.chance(40)) {
      headers.add(DESTINATION_OPTIONS);
    }
    if (dice.chance(25)) {
      headers.add(ROUTING);
    }
    if (dice.chance(10)) {
      headers.add(AUTHENTICATION);
    }
    return headers;
  }

  /** The number of the first of some headers; the last header's, when there are none. */
  static int first(List<Integer> headers, int last) {
    return headers.isEmpty() ? last : headers.getFirst();
  }

  /** The headers and what follows them, a header of the number {@code last}. */
  static byte[] before(List<Integer> headers, int last, byte[] rest) {
    ByteBuffer bytes = ByteBuffer.allocate(headers.size() * AUTHENTICATION_BYTES + rest.length);
    for (int i = 0; i < headers.size(); i++) {
      int next = i + 1 < headers.size() ? headers.get(i + 1) : last;
      switch (headers.get(i)) {
        case ROUTING -> bytes.put((byte) next).put(new byte[BYTES - 1]);
        case AUTHENTICATION -> {
          bytes.put((byte) next).put((byte) (AUTHENTICATION_BYTES / 4 - 2)).putShort((short) 0);
          bytes.putInt(0x100).putInt(1).putInt(0);
        }
        default -> {
          bytes.put((byte) next).put((byte) 0).put((byte) PADDING).put((byte) (BYTES - 4));
          bytes.putInt(0);
        }
      }
    }
    bytes.put(rest);
    byte[] whole = new byte[bytes.position()];
    bytes.flip().get(whole);
    return whole;
  }

  /** A fragment header before a piece. */
  static byte[] fragment(int next, int offset, boolean more, int identification, byte[] piece) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES + piece.length);
    bytes.put((byte) next).put((byte) 0).putShort((short) (offset | (more ? 1 : 0)));
    return bytes.putInt(identification).put(piece).array();
  }
}
