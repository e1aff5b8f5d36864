package org.jlvs.core.service;

import org.jlvs.core.control.Rates;
import org.jlvs.core.control.Statistics;

/**
 * The moving averages of a service's or a server's counters, as ip_vs_est computes them: every two
 * seconds a quarter of the way to the rate of these two seconds. Connections and packets are scaled
 * by 2¹⁰, bytes by 2⁵.
 */
final class RateEstimator {
  static final long PERIOD_NANOS = 2_000_000_000L;

  private Statistics last;
  private long connections;
  private long inPackets;
  private long outPackets;
  private long inBytes;
  private long outBytes;

  RateEstimator(Statistics now) {
    last = now;
  }

  /** To be called every two seconds with counters that never shrink. */
  void tick(Statistics now) {
    connections = nearer(connections, (now.connections() - last.connections()) << 9);
    inPackets = nearer(inPackets, (now.inPackets() - last.inPackets()) << 9);
    outPackets = nearer(outPackets, (now.outPackets() - last.outPackets()) << 9);
    inBytes = nearer(inBytes, (now.inBytes() - last.inBytes()) << 4);
    outBytes = nearer(outBytes, (now.outBytes() - last.outBytes()) << 4);
    last = now;
  }

  private static long nearer(long average, long rate) {
    return average + ((rate - average) >> 2);
  }

  /** The counters at the last tick or zeroing. */
  Statistics last() {
    return last;
  }

  void zero(Statistics now) {
    last = now;
    connections = 0;
    inPackets = 0;
    outPackets = 0;
    inBytes = 0;
    outBytes = 0;
  }

  Rates rates() {
    return new Rates(
        (connections + 0x1ff) >> 10,
        (inPackets + 0x1ff) >> 10,
        (outPackets + 0x1ff) >> 10,
        (inBytes + 0xf) >> 5,
        (outBytes + 0xf) >> 5);
  }
}
