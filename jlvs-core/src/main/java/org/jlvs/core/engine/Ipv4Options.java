package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.IPV4_BYTES;

import org.jlvs.core.net.Packet;

/** What options an IPv4 header carries (RFC 791). Threads may share it. */
public final class Ipv4Options {
  static final int END = 0;
  static final int NO_OPERATION = 1;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int STRICT_SOURCE_ROUTE = 137;

  private Ipv4Options() {}

  /** Whether the sender chose the way: hosts drop such packets unless told otherwise. */
  public static boolean isSourceRouted(Packet packet, int headerBytes) {
    int at = IPV4_BYTES;
    while (at < headerBytes) {
      int option = packet.u8(at);
      if (option == END) {
        return false;
      }
      if (option == LOOSE_SOURCE_ROUTE || option == STRICT_SOURCE_ROUTE) {
        return true;
      }
      int length = length(packet, at, headerBytes);
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return false;
  }

  /** Bytes of the option at an offset, 0 when it is malformed. */
  static int length(Packet packet, int at, int headerBytes) {
    if (packet.u8(at) == NO_OPERATION) {
      return 1;
    }
    int length = at + 1 < headerBytes ? packet.u8(at + 1) : 0;
    return length >= 2 && at + length <= headerBytes ? length : 0;
  }
}
