package org.jlvs.xdp;

/**
 * What {@code director.bpf.c} and Java share beside the connection table: the settings' one value
 * and the interest map's keys, byte for byte as in {@code layout.h}. Numbers are in the host's byte
 * order except where {@code be} says network order.
 */
final class DirectorLayout {
  private DirectorLayout() {}

  /** Changes with any structure of {@code layout.h}. */
  static final int LAYOUT_VERSION = 1;

  static final int SETTINGS_BYTES = 40;

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

  /** u32: union of SHAPE_ bits: which combinations the interest map holds. */
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

  /** And those from the address. */
  static final int INTEREST_ODD_FROM = 0x08;
}
