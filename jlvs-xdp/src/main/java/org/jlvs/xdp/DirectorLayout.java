package org.jlvs.xdp;

/**
 * What {@code director.bpf.c} and Java share beside the connection table: the settings' one value,
 * the interest map's keys, tunnels and passing flows, byte for byte as in {@code layout.h}. Numbers
 * are in the host's byte order except where {@code be} says network order.
 */
final class DirectorLayout {
  private DirectorLayout() {}

  /** Changes with any structure of {@code layout.h}. */
  static final int LAYOUT_VERSION = 3;

  static final int SETTINGS_BYTES = 48;

  /** u64: seed of the connection hash. */
  static final int HASH_SEED = 0;

  /**
   * u64: a MAC address in its first six bytes: the Ethernet source of frames given back to the
   * host, by which the program knows them.
   */
  static final int DELIVERY_MARK = 8;

  /** u32: {@link #LAYOUT_VERSION} of the process that made the maps. */
  static final int VERSION = 16;

  /** u32: number of buckets less one. */
  static final int BUCKET_MASK = 20;

  /** u32: counters a CPU. */
  static final int SERVERS = 24;

  /**
   * u32: unions of SHAPE_ bits: which combinations the interest map holds, of IPv4 in the low byte
   * and of IPv6 in the next.
   */
  static final int INTEREST_SHAPES = 28;

  /** u32: slots less number 0. */
  static final int CONNECTIONS = 32;

  /** u32: one of UNFINISHED_. */
  static final int UNFINISHED = 36;

  /** No packet comes whose checksum its sender left to its device. */
  static final int UNFINISHED_NONE = 0;

  /** Some may, and what leaves has to be finished. */
  static final int UNFINISHED_LOST = 1;

  /** Some may, and are known to be unfinished when they leave. */
  static final int UNFINISHED_KEPT = 2;

  /** u32: number of the passing flows that still hold, never 0. */
  static final int PASSING_GENERATION = 40;

  /** u32: whether real servers may be on the host itself, so that what it sends matters. */
  static final int LOCAL_SERVERS = 44;

  static final int SHAPES_IPV6_SHIFT = 8;

  static final int SHAPE_ENDPOINT = 0x01;
  static final int SHAPE_ADDRESS_PROTOCOL = 0x02;
  static final int SHAPE_ADDRESS = 0x04;
  static final int SHAPE_PORT = 0x08;
  static final int SHAPE_PROTOCOL = 0x10;
  static final int SHAPE_ALL = 0x20;

  static final int INTEREST_KEY_BYTES = 20;

  /** 16 bytes in network order, an IPv4 address in the first four; all zero is any. */
  static final int INTEREST_ADDRESS = 0;

  /** be16: 0 is any. */
  static final int INTEREST_PORT = 16;

  /** u8: 0 is any. */
  static final int INTEREST_PROTOCOL = 18;

  /** u8: the family's number. */
  static final int INTEREST_FAMILY = 19;

  /** Packets of no connection go to the director. */
  static final int INTEREST_UNMATCHED = 0x01;

  /** While no director listens, the first packet of a connection is dropped. */
  static final int INTEREST_RETRY = 0x02;

  /** ICMP errors, fragments and packets with options to the address go to the director. */
  static final int INTEREST_ODD_TO = 0x04;

  /** And those from the address, as well as ICMP errors about packets to it. */
  static final int INTEREST_ODD_FROM = 0x08;

  static final int TUNNEL_BYTES = 32;

  /** 16 bytes in network order, an IPv4 address in the first four. */
  static final int TUNNEL_SOURCE = 0;

  /** u32: largest outer packet. */
  static final int TUNNEL_MTU = 16;

  /** u32: one of the numbers below; 0 while the program has to ask. */
  static final int TUNNEL_KIND = 20;

  /** be16: GUE's destination port. */
  static final int TUNNEL_PORT = 24;

  /** u8: whether the outer IPv4 header forbids fragments when the inner one does. */
  static final int TUNNEL_COPIES_DO_NOT_FRAGMENT = 26;

  static final int TUNNEL_IPIP = 1;
  static final int TUNNEL_GRE = 2;
  static final int TUNNEL_GUE = 3;

  /** u32: how many bytes of the packet follow it. */
  static final int SENT_LENGTH = 0;

  /** An IP packet's beginning, as a real server on the host has sent it. */
  static final int SENT_PACKET = 4;

  static final int PASSING_BYTES = 64;

  /** How many there are, a power of two; a flow has the place of its hash's low bits. */
  static final int PASSING_FLOWS = 16_384;

  /** 16 bytes each as in {@link #TUNNEL_SOURCE}. */
  static final int PASSING_SOURCE = 0;

  static final int PASSING_DESTINATION = 16;

  /** be16 each. */
  static final int PASSING_SOURCE_PORT = 32;

  static final int PASSING_DESTINATION_PORT = 34;

  /** u8 each: IP protocol number, and the family's number. */
  static final int PASSING_PROTOCOL = 36;

  static final int PASSING_FAMILY = 37;

  /** u32: index of the interface it comes in by. */
  static final int PASSING_INTERFACE = 40;

  /** u32: it holds while this is {@link #PASSING_GENERATION}; 0 never. */
  static final int PASSING_OF_GENERATION = 44;

  /** u64: when it ends, nanoseconds of CLOCK_MONOTONIC. */
  static final int PASSING_UNTIL = 48;
}
