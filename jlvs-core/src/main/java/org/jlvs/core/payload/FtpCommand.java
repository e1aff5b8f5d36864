package org.jlvs.core.payload;

import java.nio.charset.StandardCharsets;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;

/** The commands that make a server listen for a data connection, as ip_vs_ftp.c finds them. */
public enum FtpCommand {
  /** {@code PASV} (RFC 959). */
  PASSIVE,
  /** {@code EPSV} (RFC 2428) of the connection's own address family. */
  EXTENDED_PASSIVE,
  /** Neither. */
  OTHER;

  private static final byte[] PASV = "PASV\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EPSV = "EPSV".getBytes(StandardCharsets.US_ASCII);

  /** No shorter rest of a segment is looked at. */
  private static final int SHORTEST = 6;

  /**
   * The first such command anywhere in a segment.
   *
   * @param data where the segment's data begins in the packet; it goes to the packet's end
   */
  public static FtpCommand find(Packet packet, int data, Family family) {
    for (int at = data; at <= packet.length() - SHORTEST; at++) {
      if (family == Family.IPV4 && FtpEndpoint.startsWith(packet, at, PASV)) {
        return PASSIVE;
      }
      if (FtpEndpoint.startsWith(packet, at, EPSV)) {
        int next = packet.u8(at + EPSV.length);
        if (next == '\r') {
          return EXTENDED_PASSIVE;
        }
        if (next == ' ') {
          return wantsFamily(packet, at + EPSV.length + 1, family) ? EXTENDED_PASSIVE : OTHER;
        }
      }
    }
    return OTHER;
  }

  private static boolean wantsFamily(Packet packet, int at, Family family) {
    return at + 1 < packet.length()
        && packet.u8(at) == (family == Family.IPV4 ? '1' : '2')
        && packet.u8(at + 1) == '\r';
  }
}
