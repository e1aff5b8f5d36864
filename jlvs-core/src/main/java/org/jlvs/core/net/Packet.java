package org.jlvs.core.net;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One IP packet in a buffer, with room before it for an outer or a link-layer header. A flyweight:
 * mutable, reused, for one thread. Offsets count from the first byte of the IP header; numbers are
 * in network byte order on the wire and plain here.
 */
public final class Packet {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private MemorySegment buffer = MemorySegment.NULL;
  private long start;
  private int length;
  private int inInterface;

  /**
   * Points at a packet.
   *
   * @param start offset of the IP header's first byte in {@code buffer}; the bytes before it are
   *     free for headers
   * @param length bytes of the IP packet
   * @param inInterface index of the interface it came in by, 0 for one made here
   */
  public Packet wrap(MemorySegment buffer, long start, int length, int inInterface) {
    this.buffer = buffer;
    this.start = start;
    this.length = length;
    this.inInterface = inInterface;
    return this;
  }

  public MemorySegment buffer() {
    return buffer;
  }

  public long start() {
    return start;
  }

  public int length() {
    return length;
  }

  /** Changes the length, for instance to leave out padding of the link layer. */
  public void length(int bytes) {
    length = bytes;
  }

  /**
   * Moves the start back by {@code bytes} for an outer header (negative: forward, to take one off).
   */
  public void grow(int bytes) {
    start -= bytes;
    length += bytes;
  }

  public int inInterface() {
    return inInterface;
  }

  public int u8(int offset) {
    return buffer.get(ValueLayout.JAVA_BYTE, start + offset) & 0xff;
  }

  public int u16(int offset) {
    return buffer.get(SHORT, start + offset) & 0xffff;
  }

  public int i32(int offset) {
    return buffer.get(INT, start + offset);
  }

  public long u32(int offset) {
    return i32(offset) & 0xffff_ffffL;
  }

  public long i64(int offset) {
    return buffer.get(LONG, start + offset);
  }

  public void u8(int offset, int value) {
    buffer.set(ValueLayout.JAVA_BYTE, start + offset, (byte) value);
  }

  public void u16(int offset, int value) {
    buffer.set(SHORT, start + offset, (short) value);
  }

  public void i32(int offset, int value) {
    buffer.set(INT, start + offset, value);
  }

  public void i64(int offset, long value) {
    buffer.set(LONG, start + offset, value);
  }

  /** Copies {@code length} bytes from an offset to a place in an array. */
  public void read(int offset, byte[] to, int at, int length) {
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, start + offset, to, at, length);
  }

  /** Copies {@code length} bytes from a place in an array to an offset. */
  public void write(int offset, byte[] from, int at, int length) {
    MemorySegment.copy(from, at, buffer, ValueLayout.JAVA_BYTE, start + offset, length);
  }
}
