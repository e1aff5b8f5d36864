package org.jlvs.linux.netlink;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet address.
 *
 * @param bits its six bytes in the low 48 bits, the first one highest
 */
public record MacAddress(long bits) {
  public static final int BYTES = 6;

  /** The address in {@code bytes}; null unless there are six. */
  static @Nullable MacAddress of(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length != BYTES) {
      return null;
    }
    long bits = 0;
    for (byte part : bytes) {
      bits = bits << 8 | Byte.toUnsignedInt(part);
    }
    return new MacAddress(bits);
  }

  /** Its six bytes as they are sent. */
  public byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (bits >>> 8 * (BYTES - 1 - i));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes());
  }
}
