package org.jlvs.testbed.checks;

import java.util.List;

/**
 * One way to check a server.
 *
 * @param port where
 * @param lines of a virtual server's section that say how
 * @param up what the check has to find
 * @param reason a part of what it has to say about it
 * @param original what Debian's ldirectord makes of the same lines
 */
record CheckCase(int port, List<String> lines, boolean up, String reason, Original original) {

  /** How the original judges. */
  enum Original {
    SAYS_UP,
    SAYS_DOWN,
    /** It does not know a directive of the lines, or lacks a library that can't be had. */
    CANNOT_TELL
  }

  static CheckCase up(int port, String... lines) {
    return new CheckCase(port, List.of(lines), true, "", Original.SAYS_UP);
  }

  static CheckCase down(String reason, int port, String... lines) {
    return new CheckCase(port, List.of(lines), false, reason, Original.SAYS_DOWN);
  }

  /** The same, on which the original differs. */
  CheckCase originally(Original verdict) {
    return new CheckCase(port, lines, up, reason, verdict);
  }

  /**
   * The section of a configuration. The host answers by all of 127.0.0.0/8, so servers of different
   * numbers are different servers to who asks.
   *
   * @param number tells both the virtual and the real server from others, from 1
   */
  String section(int number) {
    return virtual(number)
        + "\n\treal=127.0.0."
        + number
        + ":"
        + port
        + " masq\n\t"
        + String.join("\n\t", lines)
        + "\n";
  }

  /** The section's first line. */
  String virtual(int number) {
    return "virtual=" + virtualAddress(number) + ":" + port;
  }

  static String virtualAddress(int number) {
    return "10.9." + number + ".1";
  }
}
