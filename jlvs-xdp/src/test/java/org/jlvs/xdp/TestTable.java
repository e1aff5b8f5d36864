package org.jlvs.xdp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jlvs.core.connection.ConnectionHash;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.net.Address;

/**
 * Writes connections into the shared table exactly as {@link ConnectionLayout} says, independently
 * of the table that the director uses, so that each can be held against the other.
 */
final class TestTable {
  private final MemorySegment slots;
  private final MemorySegment buckets;
  private final long seed;
  private final int mask;
  private int used;

  TestTable(MemorySegment slots, MemorySegment buckets, long seed) {
    this.slots = slots;
    this.buckets = buckets;
    this.seed = seed;
    this.mask = (int) (buckets.byteSize() / ConnectionLayout.BUCKET_BYTES) - 1;
  }

  /** Adds a connection and answers its slot number. */
  int add(TestConnection connection) {
    int slot = ++used;
    MemorySegment at =
        slots.asSlice((long) slot * ConnectionLayout.SLOT_BYTES, ConnectionLayout.SLOT_BYTES);
    at.fill((byte) 0);
    u8(at, ConnectionLayout.PROTOCOL, connection.protocol());
    u8(at, ConnectionLayout.FLAGS, connection.flags() | families(connection));
    u8(at, ConnectionLayout.FORWARDING, connection.forwarding());
    port(at, ConnectionLayout.CLIENT_PORT, connection.clientPort());
    port(at, ConnectionLayout.VIRTUAL_PORT, connection.virtualPort());
    port(at, ConnectionLayout.SERVER_PORT, connection.serverPort());
    u32(at, ConnectionLayout.SERVER, connection.serverNumber());
    u32(at, ConnectionLayout.IN_HOP, connection.inHop());
    u32(at, ConnectionLayout.OUT_HOP, connection.outHop());
    address(at, ConnectionLayout.CLIENT_ADDRESS, connection.client());
    address(at, ConnectionLayout.VIRTUAL_ADDRESS, connection.virtual());
    address(at, ConnectionLayout.SERVER_ADDRESS, connection.server());
    index(
        hash(
            connection.client(),
            connection.clientPort(),
            connection.virtual(),
            connection.virtualPort(),
            connection.protocol()),
        slot);
    if (connection.hasReplies()) {
      index(
          hash(
              connection.server(),
              connection.serverPort(),
              connection.client(),
              connection.clientPort(),
              connection.protocol()),
          slot | ConnectionLayout.ENTRY_REPLY);
    }
    return slot;
  }

  private static int families(TestConnection connection) {
    return (connection.client().isIpv4() ? 0 : ConnectionLayout.FLAG_IPV6)
        | (connection.server().isIpv4() ? 0 : ConnectionLayout.FLAG_SERVER_IPV6);
  }

  /** Leaves the tags as they are, as a removal does. */
  void clearEntries() {
    for (long bucket = 0; bucket < buckets.byteSize(); bucket += ConnectionLayout.BUCKET_BYTES) {
      buckets
          .asSlice(
              bucket + ConnectionLayout.BUCKET_ENTRY_OFFSET, 4L * ConnectionLayout.BUCKET_ENTRIES)
          .fill((byte) 0);
    }
    used = 0;
  }

  /** A connection's fields by slot number. */
  int u8(int slot, int field) {
    return slots.get(ValueLayout.JAVA_BYTE, (long) slot * ConnectionLayout.SLOT_BYTES + field)
        & 0xff;
  }

  long lastSeen(int slot) {
    return slots.get(
        ValueLayout.JAVA_LONG,
        (long) slot * ConnectionLayout.SLOT_BYTES + ConnectionLayout.LAST_SEEN);
  }

  /** Puts an entry under {@code tag} into a bucket's first free place; for collisions. */
  void plant(int bucket, int tag, int entry) {
    long at = (long) bucket * ConnectionLayout.BUCKET_BYTES;
    for (int i = 0; i < ConnectionLayout.BUCKET_ENTRIES; i++) {
      long entryAt = at + ConnectionLayout.BUCKET_ENTRY_OFFSET + 4L * i;
      if (buckets.get(ValueLayout.JAVA_INT, entryAt) == 0) {
        buckets.set(ValueLayout.JAVA_INT, at + 4L * i, tag);
        buckets.set(ValueLayout.JAVA_INT, entryAt, entry);
        return;
      }
    }
    throw new IllegalStateException("bucket " + bucket + " is full");
  }

  long hash(
      Address source, int sourcePort, Address destination, int destinationPort, int protocol) {
    if (!source.isIpv4()) {
      return ConnectionHash.ipv6(
          seed,
          Long.reverseBytes(source.high()),
          Long.reverseBytes(source.low()),
          swapped(sourcePort),
          Long.reverseBytes(destination.high()),
          Long.reverseBytes(destination.low()),
          swapped(destinationPort),
          protocol);
    }
    return ConnectionHash.ipv4(
        seed,
        Integer.reverseBytes(source.ipv4Bits()),
        swapped(sourcePort),
        Integer.reverseBytes(destination.ipv4Bits()),
        swapped(destinationPort),
        protocol);
  }

  int mask() {
    return mask;
  }

  private void index(long hash, int entry) {
    int tag = ConnectionHash.tag(hash);
    int first = ConnectionHash.bucket(hash, mask);
    if (isFull(first)) {
      plant(ConnectionHash.alternate(first, tag, mask), tag, entry);
    } else {
      plant(first, tag, entry);
    }
  }

  private boolean isFull(int bucket) {
    long at = (long) bucket * ConnectionLayout.BUCKET_BYTES + ConnectionLayout.BUCKET_ENTRY_OFFSET;
    for (int i = 0; i < ConnectionLayout.BUCKET_ENTRIES; i++) {
      if (buckets.get(ValueLayout.JAVA_INT, at + 4L * i) == 0) {
        return false;
      }
    }
    return true;
  }

  private static int swapped(int port) {
    return Short.reverseBytes((short) port) & 0xffff;
  }

  private static void u8(MemorySegment at, int field, int value) {
    at.set(ValueLayout.JAVA_BYTE, field, (byte) value);
  }

  private static void u32(MemorySegment at, int field, int value) {
    at.set(ValueLayout.JAVA_INT, field, value);
  }

  private static void port(MemorySegment at, int field, int port) {
    at.set(ValueLayout.JAVA_SHORT, field, Short.reverseBytes((short) port));
  }

  private static void address(MemorySegment at, int field, Address address) {
    MemorySegment.copy(
        MemorySegment.ofArray(address.bytes()), 0, at, field, address.family().addressBytes());
  }
}
