package org.jlvs.core.connection;

import java.util.BitSet;

/**
 * The layout of annexes: slots that hold what a connection or template needs beyond its own, such
 * as the state of its FTP helper, in the shared memory so that it outlives the process as the
 * connection does. An annex is, in the host's byte order:
 *
 * <pre>
 * u8  0   {@link ConnectionLayout#PROTOCOL_OF_ANNEX}
 * u8  2   kind
 * u32 8   the next annex of the same owner, or 0
 * u32 12  owner
 *     16  {@link #PAYLOAD_BYTES} of payload, zero at first
 * </pre>
 *
 * An owner names its annex after that has been filled. For the engine thread.
 */
final class Annexes {
  /** Kind: the state of {@link FtpControls}. */
  static final int FTP = 1;

  /** Kind: the {@link PersistenceData} of a template: its length in a byte, then its bytes. */
  static final int PERSISTENCE_DATA = 2;

  static final int PAYLOAD = 16;
  static final int PAYLOAD_BYTES = 80;

  private static final int MAX_ANNEXES = 4;

  /** What all annexes of an owner hold at most. */
  static final int MAX_BYTES = MAX_ANNEXES * PAYLOAD_BYTES;

  private static final int KIND = 2;
  private static final int NEXT = 8;
  private static final int OWNER = 12;

  private final ConnectionSlots slots;

  Annexes(ConnectionSlots slots) {
    this.slots = slots;
  }

  /** How many annexes so many bytes take. */
  static int count(int bytes) {
    if (bytes < 1 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException("annexes hold 1 to " + MAX_BYTES + " bytes, not " + bytes);
    }
    return (bytes + PAYLOAD_BYTES - 1) / PAYLOAD_BYTES;
  }

  /** Makes a slot that was just allocated the first annex of {@code owner}. */
  void link(int owner, int annex, int kind) {
    slots.clear(annex);
    slots.u8(annex, KIND, kind);
    slots.i32(annex, NEXT, slots.annex(owner));
    slots.i32(annex, OWNER, owner);
    slots.markAnnex(annex);
    slots.annex(owner, annex);
  }

  int next(int annex) {
    return slots.i32(annex, NEXT);
  }

  /** What the annexes of a connection or template are for; 0 when it has none. */
  int kind(int owner) {
    int annex = slots.annex(owner);
    return annex > 0 && annex <= slots.capacity() && slots.isAnnex(annex)
        ? slots.u8(annex, KIND)
        : 0;
  }

  private int u8(int owner, int index) {
    int annex = slots.annex(owner);
    for (int i = index; i >= PAYLOAD_BYTES; i -= PAYLOAD_BYTES) {
      annex = next(annex);
    }
    return slots.u8(annex, PAYLOAD + index % PAYLOAD_BYTES);
  }

  private void u8(int owner, int index, int value) {
    int annex = slots.annex(owner);
    for (int i = index; i >= PAYLOAD_BYTES; i -= PAYLOAD_BYTES) {
      annex = next(annex);
    }
    slots.u8(annex, PAYLOAD + index % PAYLOAD_BYTES, value);
  }

  /** Writes a template's data, for which it has just got room. */
  void write(int template, PersistenceData data) {
    for (int i = 0; i < data.length(); i++) {
      u8(template, i + 1, data.byteAt(i));
    }
    u8(template, 0, data.length());
  }

  private int dataLength(int template) {
    return kind(template) == PERSISTENCE_DATA ? u8(template, 0) : 0;
  }

  /** Reads a template's data; empty when it has none. */
  void read(int template, PersistenceData into) {
    int length = dataLength(template);
    for (int i = 0; i < length; i++) {
      into.byteAt(i, u8(template, i + 1));
    }
    into.length(length);
  }

  /** Whether a template has exactly this data, which may be none. */
  boolean has(int template, PersistenceData data) {
    if (dataLength(template) != data.length()) {
      return false;
    }
    for (int i = 0; i < data.length(); i++) {
      if (u8(template, i + 1) != data.byteAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether an owner's annexes are whole; those that are, are marked as owned. */
  boolean verify(int owner, BitSet owned) {
    int kind = kind(owner);
    int count = 0;
    int bytes = 0;
    for (int annex = slots.annex(owner); annex != 0; annex = next(annex)) {
      if (count == MAX_ANNEXES || !isPart(owner, annex, kind)) {
        return false;
      }
      if (count == 0 && kind == PERSISTENCE_DATA) {
        bytes = 1 + slots.u8(annex, PAYLOAD);
      }
      count++;
    }
    if (bytes > count * PAYLOAD_BYTES) {
      return false;
    }
    for (int annex = slots.annex(owner); annex != 0; annex = next(annex)) {
      owned.set(annex);
    }
    return true;
  }

  private boolean isPart(int owner, int annex, int kind) {
    return annex > 0
        && annex <= slots.capacity()
        && slots.isAnnex(annex)
        && slots.i32(annex, OWNER) == owner
        && slots.u8(annex, KIND) == kind;
  }
}
