package org.jlvs.core.connection;

import java.nio.charset.StandardCharsets;
import org.jlvs.core.net.Packet;

/**
 * What a persistence engine has found in a packet to tell clients apart by, beside their address:
 * such as SIP's Call-ID. Mutable and reused, for one thread.
 */
public final class PersistenceData {
  /** IP_VS_PEDATA_MAXLEN. */
  public static final int MAX_BYTES = 255;

  private static final long PRIME = 0x9e37_79b9_7f4a_7c15L;

  private final byte[] bytes = new byte[MAX_BYTES];
  private int length;

  public void clear() {
    length = 0;
  }

  /**
   * Takes bytes of a packet.
   *
   * @param count 1 to {@link #MAX_BYTES}
   */
  public void set(Packet packet, int offset, int count) {
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) packet.u8(offset + i);
    }
    length = count;
  }

  /** Whether there is none: the client's address alone counts. */
  public boolean isEmpty() {
    return length == 0;
  }

  int length() {
    return length;
  }

  void length(int count) {
    length = count;
  }

  int byteAt(int index) {
    return bytes[index] & 0xff;
  }

  void byteAt(int index, int value) {
    bytes[index] = (byte) value;
  }

  /** 0 when there is none. */
  int hash(long seed) {
    if (length == 0) {
      return 0;
    }
    long hash = seed ^ length;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ bytes[i]) * PRIME;
      hash ^= hash >>> 29;
    }
    return (int) (hash >>> Integer.SIZE);
  }

  /** The data as text. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
