package org.jlvs.testbed.replay;

import java.util.HexFormat;
import java.util.function.BooleanSupplier;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Describes frames in JSON, field by field and in the same order as the recorder does. */
final class PacketView {
  private static final int ICMP = 1;
  private static final int IPIP = 4;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int IPV6_IN_IP = 41;
  private static final int ICMPV6 = 58;
  private static final int DEEPEST_TUNNEL = 3;
  private static final String FLAG_LETTERS = "FSRPAUEC";

  private PacketView() {}

  static ObjectNode describe(byte[] frame) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    HexFormat mac = HexFormat.ofDelimiter(":");
    view.put("dmac", mac.formatHex(frame, 0, 6));
    view.put("smac", mac.formatHex(frame, 6, 12));
    int type = Frames.etherType(frame);
    if (type == Frames.ETHERTYPE_IPV4 || type == Frames.ETHERTYPE_IPV6) {
      ip(view, Frames.packet(frame, 0), 0, 0);
    } else {
      view.put("ethertype", "%04x".formatted(type));
    }
    return view;
  }

  private static void ip(ObjectNode view, Packet packet, int at, int depth) {
    if (packet.length() <= at) {
      view.put("err", "IndexError('index out of range')");
      return;
    }
    boolean ipv4 = packet.u8(at) >>> 4 == 4;
    if (packet.length() - at < (ipv4 ? 20 : 40)) {
      view.put("err", "error('unpack requires a buffer of more bytes')");
      return;
    }
    if (ipv4) {
      ipv4(view, packet, at, depth);
    } else {
      ipv6(view, packet, at, depth);
    }
  }

  private static void ipv4(ObjectNode view, Packet packet, int at, int depth) {
    int headerBytes = (packet.u8(at) & 0xf) * 4;
    int total = packet.u16(at + 2);
    int fragment = packet.u16(at + 6);
    int protocol = packet.u8(at + 9);
    view.put("v", 4);
    view.put("src", Address.ipv4(packet.i32(at + 12)).toString());
    view.put("dst", Address.ipv4(packet.i32(at + 16)).toString());
    view.put("ttl", packet.u8(at + 8));
    view.put("tos", packet.u8(at + 1));
    view.put("id", packet.u16(at + 4));
    view.put("df", (fragment & 0x4000) != 0);
    view.put("mf", (fragment & 0x2000) != 0);
    view.put("frag", (fragment & 0x1fff) * 8);
    view.put("len", total);
    view.put("proto", protocol);
    view.put("ipck", "%04x".formatted(packet.u16(at + 10)));
    int inPacket = Math.min(headerBytes, packet.length() - at);
    view.put("ipck_ok", Checksum.of(packet, at, inPacket) == 0);
    if ((fragment & 0x1fff) != 0) {
      return;
    }
    int end = Math.max(at + headerBytes, Math.min(packet.length(), at + total));
    boolean whole = end - at == total && (fragment & 0x3fff) == 0;
    long pseudo = Checksum.sum(packet, at + 12, 8) + protocol + Math.max(0, end - at - headerBytes);
    transport(view, packet, at + headerBytes, end, protocol, pseudo, whole, depth);
  }

  private static void ipv6(ObjectNode view, Packet packet, int at, int depth) {
    int payload = packet.u16(at + 4);
    int protocol = packet.u8(at + 6);
    view.put("v", 6);
    view.put("src", Address.ipv6(packet.i64(at + 8), packet.i64(at + 16)).toString());
    view.put("dst", Address.ipv6(packet.i64(at + 24), packet.i64(at + 32)).toString());
    view.put("ttl", packet.u8(at + 7));
    view.put("len", 40 + payload);
    view.put("proto", protocol);
    int end = Math.min(packet.length(), at + 40 + payload);
    boolean whole = end - at - 40 == payload;
    long pseudo = Checksum.sum(packet, at + 8, 32) + protocol + end - at - 40;
    transport(view, packet, at + 40, end, protocol, pseudo, whole, depth);
  }

  private static void transport(
      ObjectNode view,
      Packet packet,
      int at,
      int end,
      int protocol,
      long pseudo,
      boolean whole,
      int depth) {
    int length = end - at;
    BooleanSupplier right = () -> Checksum.fold(pseudo + Checksum.sum(packet, at, length)) == 0;
    if (protocol == TCP && length >= 8) {
      tcp(view, packet, at, length, whole, right);
    } else if (protocol == UDP && length >= 8) {
      view.put("sport", packet.u16(at));
      view.put("dport", packet.u16(at + 2));
      view.put("l4ck", "%04x".formatted(packet.u16(at + 6)));
      view.put("dlen", packet.u16(at + 4) - 8);
      if (whole) {
        view.put("l4ck_ok", packet.u16(at + 6) == 0 || right.getAsBoolean());
      }
    } else if ((protocol == ICMP || protocol == ICMPV6) && length >= 8) {
      icmp(view, packet, at, end, protocol, whole, right, depth);
    } else if ((protocol == IPIP || protocol == IPV6_IN_IP) && depth < DEEPEST_TUNNEL) {
      view.set("inner", inner(packet, at, end, depth));
    }
  }

  private static void tcp(
      ObjectNode view, Packet packet, int at, int length, boolean whole, BooleanSupplier right) {
    view.put("sport", packet.u16(at));
    view.put("dport", packet.u16(at + 2));
    view.put("seq", packet.u32(at + 4));
    if (length < 20) {
      return;
    }
    view.put("ack", packet.u32(at + 8));
    StringBuilder flags = new StringBuilder();
    for (int i = 0; i < FLAG_LETTERS.length(); i++) {
      if ((packet.u8(at + 13) & 1 << i) != 0) {
        flags.append(FLAG_LETTERS.charAt(i));
      }
    }
    view.put("flags", flags.toString());
    view.put("l4ck", "%04x".formatted(packet.u16(at + 16)));
    if (whole) {
      view.put("l4ck_ok", right.getAsBoolean());
    }
    view.put("dlen", length - (packet.u8(at + 12) >>> 4) * 4);
  }

  private static void icmp(
      ObjectNode view,
      Packet packet,
      int at,
      int end,
      int protocol,
      boolean whole,
      BooleanSupplier right,
      int depth) {
    int type = packet.u8(at);
    view.put("itype", type);
    view.put("icode", packet.u8(at + 1));
    view.put("irest", packet.u32(at + 4));
    if (whole) {
      boolean sum = Checksum.of(packet, at, end - at) == 0;
      view.put("l4ck_ok", protocol == ICMP ? sum : right.getAsBoolean());
    }
    boolean error =
        protocol == ICMP
            ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
            : type < 128;
    if (error) {
      view.set("inner", inner(packet, at + 8, end, depth));
    }
  }

  private static ObjectNode inner(Packet packet, int at, int end, int depth) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    int length = packet.length();
    packet.length(end);
    ip(view, packet, at, depth + 1);
    packet.length(length);
    return view;
  }

  /** One line about a packet, for people. */
  static String line(JsonNode view) {
    if (view.has("ethertype")) {
      return "ethertype " + view.path("ethertype").asString();
    }
    StringBuilder line = new StringBuilder();
    line.append(view.path("src").asString()).append(port(view, "sport")).append(" > ");
    line.append(view.path("dst").asString()).append(port(view, "dport"));
    line.append(" ttl ").append(view.path("ttl").asInt());
    line.append(" len ").append(view.path("len").asInt());
    if (view.path("df").asBoolean()) {
      line.append(" DF");
    }
    if (view.path("mf").asBoolean()) {
      line.append(" MF");
    }
    if (view.path("frag").asInt() != 0) {
      line.append(" offset ").append(view.path("frag").asInt());
    }
    if (view.has("flags")) {
      line.append(" [").append(view.path("flags").asString()).append(']');
      line.append(" seq ").append(view.path("seq").asLong());
      line.append(" ack ").append(view.path("ack").asLong());
    }
    if (view.has("itype")) {
      line.append(" icmp ").append(view.path("itype").asInt()).append('.');
      line.append(view.path("icode").asInt()).append(" rest ").append(view.path("irest").asLong());
    }
    if (view.has("l4ck_ok") && !view.path("l4ck_ok").asBoolean()) {
      line.append(" wrong checksum");
    }
    if (view.has("inner")) {
      line.append(" {").append(line(view.path("inner"))).append('}');
    }
    return line.toString();
  }

  private static String port(JsonNode view, String name) {
    return view.has(name) ? ":" + view.path(name).asInt() : "";
  }
}
