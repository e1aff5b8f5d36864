package org.jlvs.core.connection;

/**
 * The shared connection table, byte for byte, as {@code director.bpf.c} sees it too. Numbers are in
 * the host's byte order (little-endian on every machine this runs on) except where {@code be} says
 * network order.
 *
 * <p>Four areas, each a BPF array map created with {@code BPF_F_MMAPABLE} and mapped by Java (in
 * tests, plain memory):
 *
 * <pre>
 * slots      SLOT_BYTES a connection; number 0 is never used
 * buckets    BUCKET_BYTES each, a power of two of them: 8 tags (u32), then 8 entries (u32)
 * hops       HOP_BYTES a next hop; number 0 means "ask Java"
 * counters   COUNTER_BYTES a real server and CPU: [cpu * servers + server]; server 0 is never used
 * </pre>
 *
 * <p><b>Index.</b> A packet's key is (protocol, family, source, source port, destination,
 * destination port), hashed by {@link ConnectionHash} into a 32-bit bucket hash and a 32-bit tag.
 * It can lie in two buckets: {@code hash & mask} and the alternate computed from that bucket and
 * the tag alone. An entry is a slot number, with {@link #ENTRY_REPLY} set when it indexes the
 * server→client direction (masquerading). Entry 0 is empty. A reader compares the tag, then the
 * whole key in the slot. A connection lies in the slot that {@link ConnectionHash#home} names while
 * that is free; a reader may only hope so.
 *
 * <p><b>Annexes.</b> What a connection or template keeps beyond its slot lies in other slots that
 * belong to it, whose {@link #PROTOCOL} is {@link #PROTOCOL_OF_ANNEX}: they are in no index, and
 * the program never looks at them.
 *
 * <p><b>Order of writes.</b> One writer, the engine thread. It fills a free slot with plain stores,
 * then publishes entries with release stores (tag first, then entry). To remove, it clears the
 * entries, and lets {@link #REUSE_DELAY_NANOS} pass before the slot is used again, so that a
 * program that found it has finished. In a live slot it changes only single aligned words: {@link
 * #FLAGS}, {@link #IN_HOP}, {@link #OUT_HOP} and what only Java reads. The program writes only
 * {@link #LAST_SEEN}, {@link #MISSED_FLAGS} and counters.
 */
public final class ConnectionLayout {
  private ConnectionLayout() {}

  public static final int SLOT_BYTES = 128;

  /** u8: IP protocol number; 0 when the slot is free. */
  public static final int PROTOCOL = 0;

  /**
   * In {@link #PROTOCOL}: the slot is part of another connection. IANA leaves it for experiments.
   */
  public static final int PROTOCOL_OF_ANNEX = 254;

  /** u8: union of the FLAG_ bits below. */
  public static final int FLAGS = 1;

  /**
   * u8: forwarding method, numbered as IP_VS_CONN_F_FWD_MASK's values (0 masquerade, 2 tunnel, 3
   * direct).
   */
  public static final int FORWARDING = 2;

  /** u8: TCP flag bits of packets forwarded by the program while no director listened. */
  public static final int MISSED_FLAGS = 3;

  /** be16 each. */
  public static final int CLIENT_PORT = 4;

  public static final int VIRTUAL_PORT = 6;
  public static final int SERVER_PORT = 8;

  /** u16: Java's state number of the connection. */
  public static final int STATE = 10;

  /** u32: real server number, index of its counters. 0: count nothing. */
  public static final int SERVER = 12;

  /** u32: next hop of client→server packets; 0 sends them up to Java. */
  public static final int IN_HOP = 16;

  /** u32: next hop of server→client packets (masquerading); 0 sends them up to Java. */
  public static final int OUT_HOP = 20;

  /**
   * u64: when the last packet came, nanoseconds of CLOCK_MONOTONIC. Written by the program and by
   * Java.
   */
  public static final int LAST_SEEN = 24;

  /**
   * 16 bytes each, network order; an IPv4 address lies in the first four, the rest zero. Client and
   * virtual address share the slot's first cache line with all else the program needs for direct
   * routing, so that such a packet touches one line of the slot.
   */
  public static final int CLIENT_ADDRESS = 32;

  public static final int VIRTUAL_ADDRESS = 48;
  public static final int SERVER_ADDRESS = 64;

  /** 32 bytes at 80..111 that only Java reads and writes. */
  public static final int JAVA_FIELDS = 80;

  public static final int JAVA_FIELDS_BYTES = 32;

  /** 16 more bytes at 112..127 that only Java reads and writes. */
  public static final int JAVA_LINKS = 112;

  /** Client and virtual address are IPv6. */
  public static final int FLAG_IPV6 = 0x01;

  /** The server's address is IPv6. */
  public static final int FLAG_SERVER_IPV6 = 0x02;

  /**
   * The program may forward client→server packets; of TCP, those that carry ACK and none of SYN,
   * FIN, RST (one without any of the four closes a connection).
   */
  public static final int FLAG_FAST_IN = 0x04;

  /** The same for server→client packets. */
  public static final int FLAG_FAST_OUT = 0x08;

  /** A persistence template: no packet matches it; it is not in the program's index. */
  public static final int FLAG_TEMPLATE = 0x10;

  public static final int BUCKET_BYTES = 64;
  public static final int BUCKET_ENTRIES = 8;

  /** Offset of the first entry in a bucket (tags come before). */
  public static final int BUCKET_ENTRY_OFFSET = 32;

  /** Set in an entry of the server→client direction. */
  public static final int ENTRY_REPLY = 0x8000_0000;

  /** In place of a hop's number: the host itself is the server. */
  public static final int HOP_LOCAL = 0xffff_ffff;

  public static final int HOP_BYTES = 64;

  /** u64: destination MAC in its first six bytes, as on the wire; the other two zero. */
  public static final int HOP_DESTINATION = 0;

  /** u64: source MAC likewise. */
  public static final int HOP_SOURCE = 8;

  /** u32: interface index to leave by. */
  public static final int HOP_INTERFACE = 16;

  /** u32: largest IP packet in bytes. */
  public static final int HOP_MTU = 20;

  /** u32: 1 when the addresses above hold; 0 sends packets up to Java. */
  public static final int HOP_VALID = 24;

  /** 36 bytes at 28..63 that only Java reads and writes: whose addresses they are. */
  public static final int HOP_JAVA_FIELDS = 28;

  public static final int COUNTER_BYTES = 32;
  public static final int COUNTER_IN_PACKETS = 0;
  public static final int COUNTER_IN_BYTES = 8;
  public static final int COUNTER_OUT_PACKETS = 16;
  public static final int COUNTER_OUT_BYTES = 24;

  /** How long a removed slot rests before it is used again. */
  public static final long REUSE_DELAY_NANOS = 10_000_000;
}
