package org.jlvs.monitor.log;

import java.io.IOException;

/** The way to the host's system log. May be called by any thread. */
public interface SyslogSocket {

  /**
   * Hands one datagram over, without waiting for room.
   *
   * @throws IOException if nobody takes it; a later one may be taken
   */
  void send(byte[] datagram) throws IOException;
}
