package org.jlvs.monitor.check;

import java.io.IOException;
import java.time.Duration;
import org.jlvs.core.net.Address;

/** Sends ICMP echo requests. Many threads call it at once. */
@FunctionalInterface
public interface PingProbe {

  /**
   * Whether {@code address} answers one echo request within {@code timeout}; waits no longer.
   *
   * @throws IOException if no request could be sent, with the reason
   */
  boolean answers(Address address, Duration timeout) throws IOException;
}
