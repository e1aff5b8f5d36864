package org.jlvs.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A netlink message as received.
 *
 * @param type what it is
 * @param flags NLM_F_ flags
 * @param sequence that of the request it answers; 0 for a notification
 * @param payload what follows the header, in the host's byte order; read it by absolute index
 */
public record NetlinkMessage(int type, int flags, int sequence, ByteBuffer payload) {
  private static final int ALIGNMENT = 4;

  /**
   * The messages in a datagram. One whose length makes no sense ends it: what follows it can't be
   * told apart.
   */
  static List<NetlinkMessage> parse(ByteBuffer datagram) {
    ByteBuffer buffer = datagram.slice().order(ByteOrder.nativeOrder());
    List<NetlinkMessage> messages = new ArrayList<>();
    int at = 0;
    while (buffer.limit() - at >= MessageBuilder.HEADER_BYTES) {
      int length = buffer.getInt(at);
      if (length < MessageBuilder.HEADER_BYTES || length > buffer.limit() - at) {
        break;
      }
      messages.add(
          new NetlinkMessage(
              Short.toUnsignedInt(buffer.getShort(at + 4)),
              Short.toUnsignedInt(buffer.getShort(at + 6)),
              buffer.getInt(at + 8),
              buffer
                  .slice(at + MessageBuilder.HEADER_BYTES, length - MessageBuilder.HEADER_BYTES)
                  .order(ByteOrder.nativeOrder())));
      if (length > buffer.limit() - at - ALIGNMENT) {
        break;
      }
      at += MessageBuilder.align(length);
    }
    return messages;
  }

  /** The attributes after a fixed header of {@code headerBytes}. */
  public Attributes attributes(int headerBytes) {
    return headerBytes <= payload.limit()
        ? Attributes.parse(payload.slice(headerBytes, payload.limit() - headerBytes))
        : Attributes.NONE;
  }

  /** Whether it has a header of {@code headerBytes} that begins with the IPv4 or IPv6 family. */
  boolean isAboutIp(int headerBytes) {
    return hasHeader(headerBytes)
        && (u8(0) == RouteSocket.AF_INET || u8(0) == RouteSocket.AF_INET6);
  }

  /** Whether the payload has a fixed header of {@code headerBytes}. */
  boolean hasHeader(int headerBytes) {
    return payload.limit() >= headerBytes;
  }

  int u8(int offset) {
    return Byte.toUnsignedInt(payload.get(offset));
  }

  int u16(int offset) {
    return Short.toUnsignedInt(payload.getShort(offset));
  }

  int s32(int offset) {
    return payload.getInt(offset);
  }
}
