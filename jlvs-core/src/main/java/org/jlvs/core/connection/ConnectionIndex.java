package org.jlvs.core.connection;

import static org.jlvs.core.connection.ConnectionLayout.BUCKET_BYTES;
import static org.jlvs.core.connection.ConnectionLayout.BUCKET_ENTRIES;
import static org.jlvs.core.connection.ConnectionLayout.BUCKET_ENTRY_OFFSET;
import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The index that packets find their connection by, shared with the kernel program: buckets of eight
 * tags and entries, two possible buckets a key, and one level of displacement when both are full
 * (Pagh and Rodler's cuckoo hashing with buckets, as MemC3 has it). Finding, adding and removing
 * take two cache lines in the usual case. For the engine thread; readers may look on.
 */
final class ConnectionIndex {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final MemorySegment buckets;
  private final ConnectionSlots slots;
  private final long seed;
  private final int mask;

  ConnectionIndex(MemorySegment buckets, ConnectionSlots slots, long seed) {
    long count = buckets.byteSize() / BUCKET_BYTES;
    if (count < 2 || count > 1 << 30 || Long.bitCount(count) != 1) {
      throw new IllegalArgumentException(
          "an index has a power of two of "
              + BUCKET_BYTES
              + "-byte buckets, 2 or more, not "
              + count);
    }
    this.buckets = buckets;
    this.slots = slots;
    this.seed = seed;
    this.mask = (int) count - 1;
  }

  /** The slot that a connection of this key is best in. */
  int home(ConnectionKey key) {
    return ConnectionHash.home(key.hash(seed), slots.capacity());
  }

  /** Bits of a key's hash, for indexes of other kinds. */
  int hash(ConnectionKey key) {
    return (int) key.hash(seed);
  }

  int bucketCount() {
    return mask + 1;
  }

  int entry(int bucket, int place) {
    return buckets.get(ValueLayout.JAVA_INT, entryAt(bucket, place));
  }

  private int tag(int bucket, int place) {
    return buckets.get(ValueLayout.JAVA_INT, (long) bucket * BUCKET_BYTES + 4L * place);
  }

  private static long entryAt(int bucket, int place) {
    return (long) bucket * BUCKET_BYTES + BUCKET_ENTRY_OFFSET + 4L * place;
  }

  private void publish(int bucket, int place, int tag, int entry) {
    INT.setRelease(buckets, (long) bucket * BUCKET_BYTES + 4L * place, tag);
    INT.setRelease(buckets, entryAt(bucket, place), entry);
  }

  void clear(int bucket, int place) {
    INT.setRelease(buckets, entryAt(bucket, place), 0);
  }

  /** The entry of a key: a slot number, with ENTRY_REPLY; 0 when there is none. */
  int find(ConnectionKey key) {
    long hash = key.hash(seed);
    int tag = ConnectionHash.tag(hash);
    int first = ConnectionHash.bucket(hash, mask);
    int entry = find(first, tag, key);
    return entry != 0 ? entry : find(ConnectionHash.alternate(first, tag, mask), tag, key);
  }

  private int find(int bucket, int tag, ConnectionKey key) {
    for (int place = 0; place < BUCKET_ENTRIES; place++) {
      if (tag(bucket, place) == tag) {
        int entry = entry(bucket, place);
        if (entry != 0 && matches(entry, key)) {
          return entry;
        }
      }
    }
    return 0;
  }

  private boolean matches(int entry, ConnectionKey key) {
    return entry < 0 ? slots.isReply(entry & ~ENTRY_REPLY, key) : slots.isRequest(entry, key);
  }

  /** Adds an entry; false when there is no room for it. The key is not in the index. */
  boolean add(ConnectionKey key, int entry) {
    long hash = key.hash(seed);
    int tag = ConnectionHash.tag(hash);
    int first = ConnectionHash.bucket(hash, mask);
    int second = ConnectionHash.alternate(first, tag, mask);
    return put(first, tag, entry)
        || put(second, tag, entry)
        || displace(first, tag, entry)
        || displace(second, tag, entry);
  }

  private boolean put(int bucket, int tag, int entry) {
    int place = emptyPlace(bucket);
    if (place < 0) {
      return false;
    }
    publish(bucket, place, tag, entry);
    return true;
  }

  private int emptyPlace(int bucket) {
    for (int place = 0; place < BUCKET_ENTRIES; place++) {
      if (entry(bucket, place) == 0) {
        return place;
      }
    }
    return -1;
  }

  /** Moves one entry of a full bucket to its other bucket; it is in both for a moment. */
  private boolean displace(int bucket, int tag, int entry) {
    for (int place = 0; place < BUCKET_ENTRIES; place++) {
      int movedTag = tag(bucket, place);
      int other = ConnectionHash.alternate(bucket, movedTag, mask);
      if (put(other, movedTag, entry(bucket, place))) {
        clear(bucket, place);
        publish(bucket, place, tag, entry);
        return true;
      }
    }
    return false;
  }

  /** Takes an entry out; whether it was there. */
  boolean remove(ConnectionKey key, int entry) {
    long hash = key.hash(seed);
    int first = ConnectionHash.bucket(hash, mask);
    return remove(first, entry)
        || remove(ConnectionHash.alternate(first, ConnectionHash.tag(hash), mask), entry);
  }

  private boolean remove(int bucket, int entry) {
    for (int place = 0; place < BUCKET_ENTRIES; place++) {
      if (entry(bucket, place) == entry) {
        clear(bucket, place);
        return true;
      }
    }
    return false;
  }

  /** Whether an entry read from {@code bucket} is where a reader of its key would look for it. */
  boolean belongs(int bucket, int place, ConnectionKey key) {
    long hash = key.hash(seed);
    int tag = ConnectionHash.tag(hash);
    int first = ConnectionHash.bucket(hash, mask);
    return tag(bucket, place) == tag
        && (bucket == first || bucket == ConnectionHash.alternate(first, tag, mask));
  }
}
