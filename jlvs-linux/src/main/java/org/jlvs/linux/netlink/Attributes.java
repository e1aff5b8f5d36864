package org.jlvs.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a message, by type; of several with one type the last counts, as in the
 * kernel's {@code nla_parse}. One that is absent or too short reads as the default.
 */
public final class Attributes {
  static final Attributes NONE = new Attributes(Map.of());

  private static final int HEADER_BYTES = 4;

  /** NLA_TYPE_MASK: the two high bits are flags. */
  private static final int TYPE_MASK = 0x3fff;

  private final Map<Integer, ByteBuffer> byType;

  private Attributes(Map<Integer, ByteBuffer> byType) {
    this.byType = byType;
  }

  /** An attribute of a list, where types repeat or count. */
  record Entry(int type, ByteBuffer content) {}

  static Attributes parse(ByteBuffer bytes) {
    Map<Integer, ByteBuffer> byType = new HashMap<>();
    for (Entry entry : entries(bytes)) {
      byType.put(entry.type(), entry.content());
    }
    return new Attributes(byType);
  }

  /** The attributes in {@code bytes}, in order, up to the first whose length makes no sense. */
  static List<Entry> entries(ByteBuffer bytes) {
    ByteBuffer buffer = bytes.slice().order(ByteOrder.nativeOrder());
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (buffer.limit() - at >= HEADER_BYTES) {
      int length = Short.toUnsignedInt(buffer.getShort(at));
      if (length < HEADER_BYTES || length > buffer.limit() - at) {
        break;
      }
      ByteBuffer content = buffer.slice(at + HEADER_BYTES, length - HEADER_BYTES);
      entries.add(
          new Entry(
              Short.toUnsignedInt(buffer.getShort(at + 2)) & TYPE_MASK,
              content.order(ByteOrder.nativeOrder())));
      at += MessageBuilder.align(length);
    }
    return entries;
  }

  public boolean has(int type) {
    return byType.containsKey(type);
  }

  public int u8(int type, int otherwise) {
    ByteBuffer content = content(type, Byte.BYTES);
    return content == null ? otherwise : Byte.toUnsignedInt(content.get(0));
  }

  public int u16(int type, int otherwise) {
    ByteBuffer content = content(type, Short.BYTES);
    return content == null ? otherwise : Short.toUnsignedInt(content.getShort(0));
  }

  public int u32(int type, int otherwise) {
    ByteBuffer content = content(type, Integer.BYTES);
    return content == null ? otherwise : content.getInt(0);
  }

  /** Text up to its closing zero. */
  public String text(int type, String otherwise) {
    byte[] bytes = bytes(type);
    if (bytes == null) {
      return otherwise;
    }
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  public byte @Nullable [] bytes(int type) {
    ByteBuffer content = content(type, 0);
    if (content == null) {
      return null;
    }
    byte[] bytes = new byte[content.limit()];
    content.get(0, bytes);
    return bytes;
  }

  /** The attributes inside one; none when it is absent. */
  public Attributes nested(int type) {
    ByteBuffer content = content(type, 0);
    return content == null ? NONE : parse(content);
  }

  /** The list inside an attribute. */
  List<Entry> list(int type) {
    ByteBuffer content = content(type, 0);
    return content == null ? List.of() : entries(content);
  }

  /** The raw content, at least {@code bytes} long, or null. */
  @Nullable ByteBuffer content(int type, int bytes) {
    ByteBuffer content = byType.get(type);
    return content == null || content.limit() < bytes ? null : content;
  }

  /** An IP address of 4 or 16 bytes. */
  @Nullable InetAddress address(int type) {
    return addressOf(bytes(type));
  }

  static @Nullable InetAddress addressOf(byte @Nullable [] bytes) {
    if (bytes == null || (bytes.length != 4 && bytes.length != 16)) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are an address", e);
    }
  }
}
