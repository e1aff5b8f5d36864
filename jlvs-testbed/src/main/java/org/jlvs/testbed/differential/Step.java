package org.jlvs.testbed.differential;

import java.util.Map;

/**
 * One event of a scenario. Frames have numbers of their own, so that others may follow from them.
 */
sealed interface Step {
  /** A command line, run in the director's namespace. */
  record Command(String line) implements Step {}

  /**
   * A file of {@code /proc/sys} is written.
   *
   * @param key with dots
   */
  record Setting(String key, String value) implements Step {}

  /** Time passes. */
  record Sleep(double seconds) implements Step {}

  /** As much time passes as the kernel needs to fire those timers that are due. */
  record Tick() implements Step {
    /** The kernel's clock ticks every hundredth of a second. */
    static final double SECONDS = 0.02;
  }

  /** {@code /proc/net/ip_vs_conn} is looked at. */
  record Connections() implements Step {}

  /** The counters are looked at, once the kernel has summed them up. */
  record Statistics() implements Step {
    /** The kernel does it every two seconds; a bit more keeps away from connections of three. */
    static final double WAIT_SECONDS = 5.2;
  }

  /** A step that puts a frame on a wire. */
  sealed interface Sending extends Step {
    int number();
  }

  /**
   * A frame that is the same whatever happened before.
   *
   * @param wire {@code c0}, the clients' side, or {@code r0}, the servers'
   * @param hex the whole Ethernet frame
   */
  record Frame(int number, String wire, String hex) implements Sending {}

  /**
   * A frame that depends on who received what an earlier one brought about; nothing, when nobody
   * did.
   *
   * @param follows the earlier frame's number
   * @param choices frames by the receiver's name: {@code rs1} … {@code rs9}, {@code gw}
   */
  record Answer(int number, String wire, int follows, Map<String, String> choices)
      implements Sending {}
}
