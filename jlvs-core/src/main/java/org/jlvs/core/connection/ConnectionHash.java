package org.jlvs.core.connection;

/**
 * The hash of the connection index, the same in {@code director.bpf.c}. Multiply-xorshift over
 * 64-bit words, seeded per table so that clients cannot choose colliding keys. Threads may share
 * it; it allocates nothing.
 *
 * <p>Words of a key, little-endian as loaded from the packet: for IPv4 one word, source address in
 * the low half and destination address in the high half; for IPv6 four, source then destination.
 * Then one word of the ports as on the wire and the protocol: {@code sourcePort | destinationPort
 * << 16 | protocol << 32}.
 */
public final class ConnectionHash {
  private ConnectionHash() {}

  private static final long MULTIPLIER_1 = 0x9E3779B97F4A7C15L;
  private static final long MULTIPLIER_2 = 0xD6E8FEB86659FD93L;
  private static final int ALTERNATE_MULTIPLIER = 0x5BD1E995;

  /** One step: {@code hash} with {@code word} mixed in. Begin with the table's seed. */
  public static long mix(long hash, long word) {
    long h = (hash ^ word) * MULTIPLIER_1;
    return h ^ h >>> 32;
  }

  /** The last step, after all words. */
  public static long finish(long hash) {
    long h = hash * MULTIPLIER_2;
    return h ^ h >>> 29;
  }

  /** The hash of an IPv4 key. All arguments as loaded little-endian from the packet. */
  public static long ipv4(
      long seed, int source, int sourcePort, int destination, int destinationPort, int protocol) {
    long addresses = (source & 0xffff_ffffL) | (long) destination << 32;
    return finish(mix(mix(seed, addresses), ports(sourcePort, destinationPort, protocol)));
  }

  /** The hash of an IPv6 key. Address halves as loaded little-endian from the packet. */
  public static long ipv6(
      long seed,
      long source0,
      long source1,
      int sourcePort,
      long destination0,
      long destination1,
      int destinationPort,
      int protocol) {
    long h = mix(mix(mix(mix(seed, source0), source1), destination0), destination1);
    return finish(mix(h, ports(sourcePort, destinationPort, protocol)));
  }

  private static long ports(int sourcePort, int destinationPort, int protocol) {
    return (sourcePort & 0xffffL) | (destinationPort & 0xffffL) << 16 | (protocol & 0xffL) << 32;
  }

  /** The tag of a hash: its high half. */
  public static int tag(long hash) {
    return (int) (hash >>> 32);
  }

  /**
   * The slot that a connection of this hash lies in when it can: 1 to {@code capacity}. Readers may
   * fetch it while they fetch the bucket that names the slot for certain.
   */
  public static int home(long hash, int capacity) {
    return 1 + (int) ((hash >>> 32) * capacity >>> 32);
  }

  /** The first bucket of a hash: its low half, masked. */
  public static int bucket(long hash, int mask) {
    return (int) hash & mask;
  }

  /** The other bucket of an entry in {@code bucket}; applied twice it leads back. */
  public static int alternate(int bucket, int tag, int mask) {
    int distance = ((tag * ALTERNATE_MULTIPLIER) >>> 7) & mask;
    return bucket ^ (distance == 0 ? 1 : distance);
  }
}
