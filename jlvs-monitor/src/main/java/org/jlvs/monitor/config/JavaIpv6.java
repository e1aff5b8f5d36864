package org.jlvs.monitor.config;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/**
 * Whether this process has IPv6. Java looks once, when it begins, whether any interface of the host
 * has an address of IPv6; where none has, its sockets know IPv4 alone, and it looks names up for
 * that alone, until it is started again.
 */
public final class JavaIpv6 {
  /** What an operator is told where it is missing. */
  public static final String MISSING =
      "this host had no IPv6 when the monitor began: restart it once it has";

  private static final boolean USABLE = isUsable();

  private JavaIpv6() {}

  public static boolean usable() {
    return USABLE;
  }

  private static boolean isUsable() {
    try (DatagramChannel _ = DatagramChannel.open(StandardProtocolFamily.INET6)) {
      return true;
    } catch (UnsupportedOperationException none) {
      return false;
    } catch (IOException other) {
      // Too many open files, say: that is not for now to complain of.
      return true;
    }
  }
}
