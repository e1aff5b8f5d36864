package org.jlvs.core.connection;

import static org.jlvs.core.connection.ConnectionLayout.CLIENT_ADDRESS;
import static org.jlvs.core.connection.ConnectionLayout.CLIENT_PORT;
import static org.jlvs.core.connection.ConnectionLayout.FLAGS;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_IPV6;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_SERVER_IPV6;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_TEMPLATE;
import static org.jlvs.core.connection.ConnectionLayout.FORWARDING;
import static org.jlvs.core.connection.ConnectionLayout.IN_HOP;
import static org.jlvs.core.connection.ConnectionLayout.JAVA_FIELDS;
import static org.jlvs.core.connection.ConnectionLayout.JAVA_LINKS;
import static org.jlvs.core.connection.ConnectionLayout.LAST_SEEN;
import static org.jlvs.core.connection.ConnectionLayout.MISSED_FLAGS;
import static org.jlvs.core.connection.ConnectionLayout.OUT_HOP;
import static org.jlvs.core.connection.ConnectionLayout.PROTOCOL;
import static org.jlvs.core.connection.ConnectionLayout.PROTOCOL_OF_ANNEX;
import static org.jlvs.core.connection.ConnectionLayout.SERVER;
import static org.jlvs.core.connection.ConnectionLayout.SERVER_ADDRESS;
import static org.jlvs.core.connection.ConnectionLayout.SERVER_PORT;
import static org.jlvs.core.connection.ConnectionLayout.SLOT_BYTES;
import static org.jlvs.core.connection.ConnectionLayout.STATE;
import static org.jlvs.core.connection.ConnectionLayout.VIRTUAL_ADDRESS;
import static org.jlvs.core.connection.ConnectionLayout.VIRTUAL_PORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/**
 * The fields of the slots of a connection table, by slot number: a flyweight over the shared
 * memory, with the fields that only Java uses, so that no connection needs an object. Ports and
 * addresses are plain numbers here and in network order in memory. For the engine thread.
 */
public final class ConnectionSlots {
  private static final ValueLayout.OfShort BIG_ENDIAN_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BIG_ENDIAN_INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  /**
   * What {@link ConnectionLayout#PROTOCOL} holds for a template of a firewall mark, whose protocol
   * is 0 ({@code IPPROTO_IP}): 0 would mean that the slot is free.
   */
  private static final int PROTOCOL_OF_MARK_TEMPLATE = 255;

  /** The connection counts as inactive: IP_VS_CONN_F_INACTIVE. */
  public static final int INACTIVE = 0x0100;

  /** No packet of the server has been seen: IP_VS_CONN_F_NOOUTPUT. */
  public static final int NO_OUTPUT = 0x0010;

  /** The client's port is not yet known, and 0 until then: IP_VS_CONN_F_NO_CPORT. */
  public static final int NO_CLIENT_PORT = 0x0800;

  /** Lives for one packet and is in no index: IP_VS_CONN_F_ONE_PACKET. */
  public static final int ONE_PACKET = 0x2000;

  /** The server is known to have answered the client's SYN; no bit of the kernel's. */
  public static final int HANDSHAKE_ANSWERED = 0x0001;

  /** How the handshake went has been counted, or can't be told any more; likewise. */
  public static final int HANDSHAKE_JUDGED = 0x0002;

  /** i32: time-out in seconds, counted from {@link ConnectionLayout#LAST_SEEN}. */
  private static final int TIMEOUT = JAVA_FIELDS;

  /** u32: union of the bits above, which but for the last two are the kernel's IP_VS_CONN_F_. */
  private static final int STATUS = JAVA_FIELDS + 4;

  /** u32: slot of the template that this connection was made by, or 0. */
  private static final int CONTROL = JAVA_FIELDS + 8;

  /** u32: how many connections this one controls. */
  private static final int CONTROLLED = JAVA_FIELDS + 12;

  /** u32: firewall mark of its first packet. */
  private static final int MARK = JAVA_FIELDS + 16;

  /** u32: tick its timer is set to; of a free slot, tick it was freed in. */
  private static final int TICK = JAVA_FIELDS + 20;

  /** u32 each: neighbours in the list of the connections of the same server number. */
  private static final int SERVER_PREVIOUS = JAVA_FIELDS + 24;

  private static final int SERVER_NEXT = JAVA_FIELDS + 28;

  /** i32 each: neighbours in the timer wheel's list; of a free slot, in the list of those. */
  private static final int TIMER_PREVIOUS = JAVA_LINKS;

  private static final int TIMER_NEXT = JAVA_LINKS + 4;

  /** u32: of a template, the next one of the same hash. */
  private static final int TEMPLATE_NEXT = JAVA_LINKS + 8;

  /** u32: of a connection, numbers of its handshake; meaningful if HANDSHAKE_ANSWERED. */
  private static final int HANDSHAKE = JAVA_LINKS + 8;

  /** u32: the first annex, or 0. */
  private static final int ANNEX = JAVA_LINKS + 12;

  private final MemorySegment memory;
  private final int capacity;

  ConnectionSlots(MemorySegment memory) {
    long slots = memory.byteSize() / SLOT_BYTES;
    if (slots < 2 || slots > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a connection table has 2 to 2147483647 slots of "
              + SLOT_BYTES
              + " bytes, not "
              + memory.byteSize()
              + " bytes");
    }
    this.memory = memory;
    this.capacity = (int) slots - 1;
  }

  /** Connections that fit; slots are numbered from 1 to this. */
  public int capacity() {
    return capacity;
  }

  private static long at(int slot, int field) {
    return (long) slot * SLOT_BYTES + field;
  }

  int u8(int slot, int field) {
    return memory.get(ValueLayout.JAVA_BYTE, at(slot, field)) & 0xff;
  }

  void u8(int slot, int field, int value) {
    memory.set(ValueLayout.JAVA_BYTE, at(slot, field), (byte) value);
  }

  private int port(int slot, int field) {
    return memory.get(BIG_ENDIAN_SHORT, at(slot, field)) & 0xffff;
  }

  private void port(int slot, int field, int value) {
    memory.set(BIG_ENDIAN_SHORT, at(slot, field), (short) value);
  }

  int i32(int slot, int field) {
    return memory.get(ValueLayout.JAVA_INT, at(slot, field));
  }

  void i32(int slot, int field, int value) {
    memory.set(ValueLayout.JAVA_INT, at(slot, field), value);
  }

  /** Writes after everything that was written before. */
  void i32Release(int slot, int field, int value) {
    INT.setRelease(memory, at(slot, field), value);
  }

  /** IP protocol number; 0 for a template of a firewall mark. */
  public int protocol(int slot) {
    int stored = u8(slot, PROTOCOL);
    return stored == PROTOCOL_OF_MARK_TEMPLATE ? 0 : stored;
  }

  /** Whether there is a connection or template; an annex is none. */
  boolean inUse(int slot) {
    return isTaken(slot) && !isAnnex(slot);
  }

  /** Whether the slot is not free. */
  boolean isTaken(int slot) {
    return u8(slot, PROTOCOL) != 0;
  }

  boolean isAnnex(int slot) {
    return u8(slot, PROTOCOL) == PROTOCOL_OF_ANNEX;
  }

  /** From here on an adopting process takes the slot for a whole annex. */
  void markAnnex(int slot) {
    BYTE.setRelease(memory, at(slot, PROTOCOL), (byte) PROTOCOL_OF_ANNEX);
  }

  /** The first annex of a connection or template, or 0. */
  int annex(int slot) {
    return i32(slot, ANNEX);
  }

  void annex(int slot, int annex) {
    i32(slot, ANNEX, annex);
  }

  void clear(int slot) {
    memory.asSlice(at(slot, 0), SLOT_BYTES).fill((byte) 0);
  }

  /** The last store of a new connection: from here on an adopting process takes it for whole. */
  void protocol(int slot, int protocol) {
    int stored = protocol == 0 ? PROTOCOL_OF_MARK_TEMPLATE : protocol;
    BYTE.setRelease(memory, at(slot, PROTOCOL), (byte) stored);
  }

  void markFree(int slot) {
    BYTE.setRelease(memory, at(slot, PROTOCOL), (byte) 0);
  }

  /** FLAG_ bits of {@link ConnectionLayout}. */
  public int flags(int slot) {
    return u8(slot, FLAGS);
  }

  /** One aligned store, as the program may be reading. */
  public void flags(int slot, int flags) {
    BYTE.setRelease(memory, at(slot, FLAGS), (byte) flags);
  }

  public boolean isTemplate(int slot) {
    return (flags(slot) & FLAG_TEMPLATE) != 0;
  }

  public Family family(int slot) {
    return (flags(slot) & FLAG_IPV6) != 0 ? Family.IPV6 : Family.IPV4;
  }

  public Family serverFamily(int slot) {
    return (flags(slot) & FLAG_SERVER_IPV6) != 0 ? Family.IPV6 : Family.IPV4;
  }

  /** Number of a {@link org.jlvs.core.control.ForwardingMethod}. */
  public int forwarding(int slot) {
    return u8(slot, FORWARDING);
  }

  public void forwarding(int slot, int method) {
    u8(slot, FORWARDING, method);
  }

  /** TCP flag bits that the program has seen while nobody listened. */
  public int missedFlags(int slot) {
    return u8(slot, MISSED_FLAGS);
  }

  void clearMissedFlags(int slot) {
    u8(slot, MISSED_FLAGS, 0);
  }

  public int clientPort(int slot) {
    return port(slot, CLIENT_PORT);
  }

  public int virtualPort(int slot) {
    return port(slot, VIRTUAL_PORT);
  }

  public int serverPort(int slot) {
    return port(slot, SERVER_PORT);
  }

  void clientPort(int slot, int port) {
    port(slot, CLIENT_PORT, port);
  }

  void serverPort(int slot, int port) {
    port(slot, SERVER_PORT, port);
  }

  void virtualPort(int slot, int port) {
    port(slot, VIRTUAL_PORT, port);
  }

  /** State number, as the connection's protocol numbers them. */
  public int state(int slot) {
    return memory.get(ValueLayout.JAVA_SHORT, at(slot, STATE));
  }

  public void state(int slot, int state) {
    memory.set(ValueLayout.JAVA_SHORT, at(slot, STATE), (short) state);
  }

  /** Number of its real server, 0 when it has none. */
  public int server(int slot) {
    return i32(slot, SERVER);
  }

  void server(int slot, int number) {
    i32(slot, SERVER, number);
  }

  public int inHop(int slot) {
    return i32(slot, IN_HOP);
  }

  public void inHop(int slot, int hop) {
    i32(slot, IN_HOP, hop);
  }

  public int outHop(int slot) {
    return i32(slot, OUT_HOP);
  }

  public void outHop(int slot, int hop) {
    i32(slot, OUT_HOP, hop);
  }

  /** When its last packet came, in nanoseconds; the program moves it too. */
  public long lastSeen(int slot) {
    return (long) LONG.getOpaque(memory, at(slot, LAST_SEEN));
  }

  void lastSeen(int slot, long nanos) {
    LONG.setOpaque(memory, at(slot, LAST_SEEN), nanos);
  }

  /** Seconds after {@link #lastSeen} at which the connection ends. */
  public int timeoutSeconds(int slot) {
    return i32(slot, TIMEOUT);
  }

  public void timeoutSeconds(int slot, int seconds) {
    i32(slot, TIMEOUT, seconds);
  }

  /**
   * Union of {@link #INACTIVE}, {@link #NO_OUTPUT}, {@link #NO_CLIENT_PORT}, {@link #ONE_PACKET}.
   */
  public int status(int slot) {
    return i32(slot, STATUS);
  }

  public void status(int slot, int bits) {
    i32(slot, STATUS, bits);
  }

  /** The template it was made by, or the FTP control connection that announced it; or 0. */
  public int control(int slot) {
    return i32(slot, CONTROL);
  }

  void control(int slot, int template) {
    i32(slot, CONTROL, template);
  }

  /** How many connections it controls. */
  public int controlled(int slot) {
    return i32(slot, CONTROLLED);
  }

  void controlled(int slot, int count) {
    i32(slot, CONTROLLED, count);
  }

  /** Firewall mark of its first packet. */
  public int mark(int slot) {
    return i32(slot, MARK);
  }

  int tick(int slot) {
    return i32(slot, TICK);
  }

  void tick(int slot, int tick) {
    i32(slot, TICK, tick);
  }

  int serverPrevious(int slot) {
    return i32(slot, SERVER_PREVIOUS);
  }

  void serverPrevious(int slot, int other) {
    i32(slot, SERVER_PREVIOUS, other);
  }

  int serverNext(int slot) {
    return i32(slot, SERVER_NEXT);
  }

  void serverNext(int slot, int other) {
    i32(slot, SERVER_NEXT, other);
  }

  int timerPrevious(int slot) {
    return i32(slot, TIMER_PREVIOUS);
  }

  void timerPrevious(int slot, int other) {
    i32(slot, TIMER_PREVIOUS, other);
  }

  int timerNext(int slot) {
    return i32(slot, TIMER_NEXT);
  }

  void timerNext(int slot, int other) {
    i32(slot, TIMER_NEXT, other);
  }

  /** What was kept by {@link #handshake(int, int)}. */
  public int handshake(int slot) {
    return i32(slot, HANDSHAKE);
  }

  /** Keeps a number about the handshake of a connection that is no template. */
  public void handshake(int slot, int numbers) {
    i32(slot, HANDSHAKE, numbers);
  }

  int templateNext(int slot) {
    return i32(slot, TEMPLATE_NEXT);
  }

  void templateNext(int slot, int other) {
    i32(slot, TEMPLATE_NEXT, other);
  }

  private long high(int slot, int field, boolean ipv6) {
    return ipv6 ? memory.get(BIG_ENDIAN_LONG, at(slot, field)) : 0;
  }

  private long low(int slot, int field, boolean ipv6) {
    return ipv6
        ? memory.get(BIG_ENDIAN_LONG, at(slot, field) + 8)
        : memory.get(BIG_ENDIAN_INT, at(slot, field)) & 0xffff_ffffL;
  }

  private void address(int slot, int field, boolean ipv6, long high, long low) {
    if (ipv6) {
      memory.set(BIG_ENDIAN_LONG, at(slot, field), high);
      memory.set(BIG_ENDIAN_LONG, at(slot, field) + 8, low);
    } else {
      memory.set(BIG_ENDIAN_INT, at(slot, field), (int) low);
      memory.set(ValueLayout.JAVA_INT, at(slot, field) + 4, 0);
      memory.set(ValueLayout.JAVA_LONG, at(slot, field) + 8, 0);
    }
  }

  private boolean hasAddress(int slot, int field, boolean ipv6, long high, long low) {
    return low(slot, field, ipv6) == low && high(slot, field, ipv6) == high;
  }

  private boolean ipv6(int slot) {
    return (flags(slot) & FLAG_IPV6) != 0;
  }

  private boolean serverIpv6(int slot) {
    return (flags(slot) & FLAG_SERVER_IPV6) != 0;
  }

  public long clientHigh(int slot) {
    return high(slot, CLIENT_ADDRESS, ipv6(slot));
  }

  public long clientLow(int slot) {
    return low(slot, CLIENT_ADDRESS, ipv6(slot));
  }

  public long virtualHigh(int slot) {
    return high(slot, VIRTUAL_ADDRESS, ipv6(slot));
  }

  public long virtualLow(int slot) {
    return low(slot, VIRTUAL_ADDRESS, ipv6(slot));
  }

  public long serverHigh(int slot) {
    return high(slot, SERVER_ADDRESS, serverIpv6(slot));
  }

  public long serverLow(int slot) {
    return low(slot, SERVER_ADDRESS, serverIpv6(slot));
  }

  public Address client(int slot) {
    return new Address(family(slot), clientHigh(slot), clientLow(slot));
  }

  /** The virtual address; of a firewall mark's template, the mark in its first four bytes. */
  public Address virtual(int slot) {
    return new Address(family(slot), virtualHigh(slot), virtualLow(slot));
  }

  /** The address packets go to. */
  public Address serverAddress(int slot) {
    return new Address(serverFamily(slot), serverHigh(slot), serverLow(slot));
  }

  /** Whether a packet of these addresses and ports goes from the slot's client to its service. */
  boolean isRequest(int slot, ConnectionKey key) {
    boolean ipv6 = key.family == Family.IPV6;
    return u8(slot, PROTOCOL) == key.protocol
        && ipv6(slot) == ipv6
        && clientPort(slot) == key.sourcePort
        && virtualPort(slot) == key.destinationPort
        && hasAddress(slot, CLIENT_ADDRESS, ipv6, key.sourceHigh, key.sourceLow)
        && hasAddress(slot, VIRTUAL_ADDRESS, ipv6, key.destinationHigh, key.destinationLow);
  }

  /** Whether a packet of these addresses and ports goes from the slot's server to its client. */
  boolean isReply(int slot, ConnectionKey key) {
    boolean ipv6 = key.family == Family.IPV6;
    return u8(slot, PROTOCOL) == key.protocol
        && serverIpv6(slot) == ipv6
        && ipv6(slot) == ipv6
        && serverPort(slot) == key.sourcePort
        && clientPort(slot) == key.destinationPort
        && hasAddress(slot, SERVER_ADDRESS, ipv6, key.sourceHigh, key.sourceLow)
        && hasAddress(slot, CLIENT_ADDRESS, ipv6, key.destinationHigh, key.destinationLow);
  }

  /** Fills in what a connection is by; all else is zero afterwards. The slot is free. */
  void fill(int slot, ConnectionKey key, Address server, int serverPort, int mark, int flags) {
    clear(slot);
    boolean ipv6 = key.family == Family.IPV6;
    flags(slot, flags | (ipv6 ? FLAG_IPV6 : 0) | (server.isIpv4() ? 0 : FLAG_SERVER_IPV6));
    port(slot, CLIENT_PORT, key.sourcePort);
    port(slot, VIRTUAL_PORT, key.destinationPort);
    port(slot, SERVER_PORT, serverPort);
    address(slot, CLIENT_ADDRESS, ipv6, key.sourceHigh, key.sourceLow);
    address(slot, VIRTUAL_ADDRESS, ipv6, key.destinationHigh, key.destinationLow);
    address(slot, SERVER_ADDRESS, !server.isIpv4(), server.high(), server.low());
    i32(slot, MARK, mark);
  }

  /** Sets {@code key} to that of packets from the slot's client to its service. */
  void requestKey(int slot, ConnectionKey key) {
    key.family = family(slot);
    key.protocol = u8(slot, PROTOCOL);
    key.sourcePort = clientPort(slot);
    key.destinationPort = virtualPort(slot);
    key.sourceHigh = clientHigh(slot);
    key.sourceLow = clientLow(slot);
    key.destinationHigh = virtualHigh(slot);
    key.destinationLow = virtualLow(slot);
  }

  /** Sets {@code key} to that of packets from the slot's server to its client. */
  void replyKey(int slot, ConnectionKey key) {
    key.family = serverFamily(slot);
    key.protocol = u8(slot, PROTOCOL);
    key.sourcePort = serverPort(slot);
    key.destinationPort = clientPort(slot);
    key.sourceHigh = serverHigh(slot);
    key.sourceLow = serverLow(slot);
    key.destinationHigh = clientHigh(slot);
    key.destinationLow = clientLow(slot);
  }
}
