package org.jlvs.testbed.replay;

import java.util.Arrays;
import org.jlvs.core.engine.Headers;

/**
 * Finds the times of day that hosts on the way of an IPv4 packet have written into it (RFC 781), as
 * well where the packet is quoted by an ICMP error or wrapped by a tunnel.
 */
final class Timestamps {
  private static final int IPV6_BYTES = 40;
  private static final int IPV4_BYTES = 20;
  private static final int ICMP_BYTES = 8;
  private static final int UDP_BYTES = 8;
  private static final int IPIP = 4;
  private static final int GRE = 47;
  private static final int GRE_CHECKSUM_FLAG = 0x80;
  private static final int OPTION_END = 0;
  private static final int OPTION_NOTHING = 1;
  private static final int OPTION_TIMESTAMP = 68;
  private static final int ICMP_ERRORS = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 11 | 1 << 12;

  private final byte[] frame;

  private Timestamps(byte[] frame) {
    this.frame = frame;
  }

  /** Puts zeros where times are, and where checksums cover them. */
  static void hide(byte[] frame) {
    int type = Frames.etherType(frame);
    if (type == Frames.ETHERTYPE_IPV4 || type == Frames.ETHERTYPE_IPV6) {
      new Timestamps(frame).hideFrom(Frames.ETHERNET_BYTES);
    }
  }

  private int octet(int at) {
    return at < frame.length ? frame[at] & 0xff : 0;
  }

  private void zero(int at, int bytes) {
    Arrays.fill(frame, Math.min(at, frame.length), Math.min(at + bytes, frame.length), (byte) 0);
  }

  /** Whether there were any from an IP header on. */
  private boolean hideFrom(int ip) {
    if (octet(ip) >>> 4 == 6) {
      return hideBehind(ip + IPV6_BYTES, octet(ip + 6));
    }
    int headerBytes = (octet(ip) & 0xf) * 4;
    if (octet(ip) >>> 4 != 4 || headerBytes < IPV4_BYTES) {
      return false;
    }
    boolean found = hideBehind(ip + headerBytes, octet(ip + 9));
    boolean own = hideInOptions(ip + IPV4_BYTES, ip + headerBytes);
    if (own) {
      zero(ip + 10, 2);
    }
    return found || own;
  }

  private boolean hideInOptions(int from, int end) {
    int at = from;
    while (at < end && octet(at) != OPTION_END) {
      int length = octet(at) == OPTION_NOTHING ? 1 : octet(at + 1);
      if (length == 0) {
        return false;
      }
      if (octet(at) == OPTION_TIMESTAMP) {
        boolean timesOnly = (octet(at + 3) & 0xf) == 0;
        int each = timesOnly ? 4 : 8;
        for (int time = at + 4 + each - 4; time < Math.min(at + length, end); time += each) {
          zero(time, 4);
        }
        return true;
      }
      at += length;
    }
    return false;
  }

  private boolean hideBehind(int at, int protocol) {
    boolean found = false;
    if (protocol == IPIP) {
      found = hideFrom(at);
    } else if (protocol == Headers.ICMP && (1 << octet(at) & ICMP_ERRORS) != 0) {
      found = hideFrom(at + ICMP_BYTES);
      if (found) {
        zero(at + 2, 2);
      }
    } else if (protocol == GRE) {
      boolean checked = (octet(at) & GRE_CHECKSUM_FLAG) != 0;
      found = hideFrom(at + (checked ? 8 : 4));
      if (found && checked) {
        zero(at + 4, 2);
      }
    } else if (protocol == Headers.UDP && isGue(at)) {
      found = hideFrom(at + UDP_BYTES + 4 + (octet(at + UDP_BYTES) & 0x1f) * 4);
      if (found) {
        zero(at + 6, 2);
      }
    }
    return found;
  }

  /** The version and the protocol of an IP packet within. */
  private boolean isGue(int at) {
    return octet(at + UDP_BYTES) >>> 5 == 0 && octet(at + UDP_BYTES + 1) == IPIP;
  }
}
