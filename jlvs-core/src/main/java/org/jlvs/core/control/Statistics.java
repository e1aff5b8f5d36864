package org.jlvs.core.control;

/** Counters since the last zeroing. Bytes are those of the IP packets. */
public record Statistics(
    long connections, long inPackets, long outPackets, long inBytes, long outBytes) {

  public static final Statistics ZERO = new Statistics(0, 0, 0, 0, 0);

  public Statistics plus(Statistics other) {
    return new Statistics(
        connections + other.connections,
        inPackets + other.inPackets,
        outPackets + other.outPackets,
        inBytes + other.inBytes,
        outBytes + other.outBytes);
  }

  public Statistics minus(Statistics other) {
    return new Statistics(
        connections - other.connections,
        inPackets - other.inPackets,
        outPackets - other.outPackets,
        inBytes - other.inBytes,
        outBytes - other.outBytes);
  }
}
