package org.jlvs.testbed.differential;

/** What a scenario is about besides what all may contain. */
enum Specialty {
  /** Nothing else. */
  NONE,

  /**
   * FTP with ip_vs_ftp reading along, on IPv4. While there is such a server, the kernel tracks
   * connections, and drops what is not in their windows: so there is no other traffic than FTP in
   * good order. On IPv6 it drops all that has a checksum.
   */
  FTP_MASQUERADED,

  /** FTP by direct routing or tunnels, to services that data connections belong to as well. */
  FTP_DIRECT,

  /** Calls, told apart by the SIP persistence engine. */
  SIP,

  /** AH and ESP, which go where UDP from port 500 to port 500 went. */
  IPSEC,

  /** Packets to addresses that aren't the director's own, taken for it by their mark. */
  TRANSPARENT_PROXY,

  /** Errors of routers on the way to tunnelled servers. */
  TUNNELS,

  /** Dropping packets of new connections: always, or as if memory were short. */
  SHORTAGE;

  static Specialty draw(Dice dice) {
    return switch (dice.below(100)) {
      case 0, 1, 2, 3, 4, 5, 6 -> FTP_MASQUERADED;
      case 7, 8, 9 -> FTP_DIRECT;
      case 10, 11, 12, 13, 14, 15, 16, 17 -> SIP;
      case 18, 19, 20, 21, 22, 23 -> IPSEC;
      case 24, 25, 26 -> TRANSPARENT_PROXY;
      case 27, 28, 29 -> SHORTAGE;
      case 30, 31, 32, 33 -> TUNNELS;
      default -> NONE;
    };
  }
}
