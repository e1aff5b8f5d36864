package org.jlvs.core.service;

import org.jlvs.core.control.Statistics;

/** Counters of a server or a service that only ever grow. One writer, the engine thread. */
public final class Counters {
  public long connections;
  public long inPackets;
  public long outPackets;
  public long inBytes;
  public long outBytes;

  public Statistics snapshot() {
    return new Statistics(connections, inPackets, outPackets, inBytes, outBytes);
  }

  void add(Statistics more) {
    connections += more.connections();
    inPackets += more.inPackets();
    outPackets += more.outPackets();
    inBytes += more.inBytes();
    outBytes += more.outBytes();
  }
}
