package org.jlvs.linux.bpf;

import java.nio.charset.StandardCharsets;

/**
 * A window on little-endian bytes from outside: every access is checked, and one that leaves the
 * window says where. Immutable.
 */
final class ByteView {
  private final byte[] bytes;
  private final int start;
  private final int length;
  private final String name;

  private ByteView(byte[] bytes, int start, int length, String name) {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.name = name;
  }

  /** All of {@code bytes}, which must not change; {@code name} is what errors call it. */
  static ByteView of(byte[] bytes, String name) {
    return new ByteView(bytes, 0, bytes.length, name);
  }

  /** {@code count} bytes from {@code offset}, both unsigned 64-bit numbers of the file. */
  ByteView slice(long offset, long count, String sliceName) throws BpfObjectFormatException {
    if (offset < 0 || count < 0 || offset > length || count > length - offset) {
      throw new BpfObjectFormatException(
          sliceName
              + " lies outside of "
              + name
              + ": offset "
              + Long.toUnsignedString(offset)
              + ", "
              + Long.toUnsignedString(count)
              + " bytes, of "
              + length);
    }
    return new ByteView(bytes, start + (int) offset, (int) count, sliceName);
  }

  int length() {
    return length;
  }

  String name() {
    return name;
  }

  int u8(long offset) throws BpfObjectFormatException {
    return bytes[at(offset, 1)] & 0xff;
  }

  int u16(long offset) throws BpfObjectFormatException {
    int at = at(offset, 2);
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  int s32(long offset) throws BpfObjectFormatException {
    int at = at(offset, 4);
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  long u32(long offset) throws BpfObjectFormatException {
    return Integer.toUnsignedLong(s32(offset));
  }

  long u64(long offset) throws BpfObjectFormatException {
    return u32(offset) | u32(offset + 4) << 32;
  }

  /** The bytes from {@code offset} up to a zero, as ASCII. */
  String text(long offset) throws BpfObjectFormatException {
    int from = at(offset, 1);
    int end = from;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    if (end == start + length) {
      throw new BpfObjectFormatException("text at " + offset + " of " + name + " has no end");
    }
    return new String(bytes, from, end - from, StandardCharsets.US_ASCII);
  }

  byte[] copy() {
    byte[] copy = new byte[length];
    System.arraycopy(bytes, start, copy, 0, length);
    return copy;
  }

  private int at(long offset, int count) throws BpfObjectFormatException {
    if (offset < 0 || offset > length - count) {
      throw new BpfObjectFormatException(
          name + " ends at " + length + " bytes, before offset " + offset);
    }
    return start + (int) offset;
  }
}
