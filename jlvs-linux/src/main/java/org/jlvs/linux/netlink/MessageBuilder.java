package org.jlvs.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds one netlink message: the protocol's fixed header first, then attributes (RFC 3549; kernel:
 * {@code include/uapi/linux/netlink.h}). Numbers in the host's byte order.
 */
public final class MessageBuilder {
  static final int HEADER_BYTES = 16;
  static final int NESTED = 0x8000;

  private static final int ALIGNMENT = 4;
  private static final int ATTRIBUTE_HEADER_BYTES = 4;

  private byte[] bytes = new byte[128];
  private int length = HEADER_BYTES;

  /**
   * @param type of the message
   * @param flags NLM_F_ flags beside NLM_F_REQUEST
   */
  public MessageBuilder(int type, int flags) {
    buffer().putShort(4, (short) type).putShort(6, (short) (flags | NetlinkSocket.REQUEST));
  }

  public MessageBuilder u8(int value) {
    grow(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public MessageBuilder u16(int value) {
    grow(2);
    buffer().putShort(length, (short) value);
    length += 2;
    return this;
  }

  public MessageBuilder u32(int value) {
    grow(4);
    buffer().putInt(length, value);
    length += 4;
    return this;
  }

  /** An attribute of any content. */
  public MessageBuilder attribute(int type, byte[] value) {
    int start = startAttribute(type);
    grow(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return endAttribute(start);
  }

  /** An attribute that is a 32-bit number. */
  public MessageBuilder attribute(int type, int value) {
    int start = startAttribute(type);
    u32(value);
    return endAttribute(start);
  }

  /** An attribute that is text, with its closing zero. */
  public MessageBuilder attribute(int type, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    return attribute(type, Arrays.copyOf(text, text.length + 1));
  }

  /** Starts an attribute that holds attributes; pass the result to {@link #endAttribute}. */
  public int startNested(int type) {
    return startAttribute(type | NESTED);
  }

  /** Ends what {@link #startNested} started. */
  public MessageBuilder endAttribute(int start) {
    buffer().putShort(start, (short) (length - start));
    int aligned = align(length);
    grow(aligned - length);
    length = aligned;
    return this;
  }

  /** The whole message. */
  byte[] build(int sequence) {
    buffer().putInt(0, length).putInt(8, sequence);
    return Arrays.copyOf(bytes, length);
  }

  static int align(int length) {
    return (length + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private int startAttribute(int type) {
    int start = length;
    grow(ATTRIBUTE_HEADER_BYTES);
    buffer().putShort(start + 2, (short) type);
    length += ATTRIBUTE_HEADER_BYTES;
    return start;
  }

  private void grow(int by) {
    if (length + by > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + by));
    }
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}
