package org.jlvs.monitor.check;

import java.io.IOException;
import java.time.Duration;
import org.jlvs.core.net.Address;

/** Asks SCTP endpoints whether they would take an association. Many threads call it at once. */
@FunctionalInterface
public interface SctpProbe {

  /**
   * Returns when the endpoint would take one; makes none.
   *
   * @throws java.net.SocketTimeoutException if no answer came within {@code timeout}
   * @throws IOException if it refuses, or can't be asked, with the reason
   */
  void ask(Address address, int port, Duration timeout) throws IOException;
}
