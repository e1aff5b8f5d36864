package org.jlvs.core.connection;

/**
 * What is known of FTP control connections that have a helper: whether an answer with an address is
 * awaited, and how far the server's sequence numbers are shifted for the client. It lies in an
 * annex of the connection. A shift is written beside the one in force and then put in force by one
 * store, so that a process that is killed leaves one or the other. For the engine thread.
 *
 * <p>A shift is that of nf_conntrack_seqadj.c: bytes up to a position are shifted by one offset,
 * those after it by another. All sequence numbers are the server's own.
 */
public final class FtpControls {
  /** What the client has asked for last. */
  public enum Mode {
    /** Nothing, or a connection from the server. */
    ACTIVE,
    /** {@code PASV}: an answer 227 is awaited. */
    PASSIVE,
    /** {@code EPSV}: an answer 229 is awaited. */
    EXTENDED_PASSIVE
  }

  private static final Mode[] MODES = Mode.values();

  private static final int MODE = Annexes.PAYLOAD;

  /** u32: 0 nothing is shifted; 1 or 2 the number of the shift in force. */
  private static final int IN_FORCE = Annexes.PAYLOAD + 4;

  private static final int FIRST_SHIFT = Annexes.PAYLOAD + 8;
  private static final int POSITION = 0;
  private static final int BEFORE = 4;
  private static final int AFTER = 8;
  private static final int SHIFT_BYTES = 12;
  private static final int BYTES = FIRST_SHIFT + 2 * SHIFT_BYTES - Annexes.PAYLOAD;

  private final ConnectionTable table;
  private final ConnectionSlots slots;
  private final Annexes annexes;

  public FtpControls(ConnectionTable table) {
    this.table = table;
    this.slots = table.slots();
    this.annexes = new Annexes(slots);
  }

  /** Whether a connection has a helper. Slot 0, of a single packet, has none. */
  public boolean has(int slot) {
    return slot != 0 && slots.annex(slot) != 0 && annexes.kind(slot) == Annexes.FTP;
  }

  /** Gives a connection a helper; false when the table is too full for it. */
  public boolean add(int slot, long nowNanos) {
    return table.attach(slot, Annexes.FTP, BYTES, nowNanos);
  }

  public Mode mode(int slot) {
    int number = slots.i32(slots.annex(slot), MODE);
    return number > 0 && number < MODES.length ? MODES[number] : Mode.ACTIVE;
  }

  public void mode(int slot, Mode mode) {
    slots.i32(slots.annex(slot), MODE, mode.ordinal());
  }

  /** Whether the server's sequence numbers are shifted. */
  public boolean isShifted(int slot) {
    return slots.i32(slots.annex(slot), IN_FORCE) != 0;
  }

  private int shift(int slot, int field) {
    int annex = slots.annex(slot);
    int number = slots.i32(annex, IN_FORCE);
    return number == 1 || number == 2
        ? slots.i32(annex, FIRST_SHIFT + (number - 1) * SHIFT_BYTES + field)
        : 0;
  }

  /** How far a sequence number of the server is shifted. */
  public int shiftOf(int slot, int sequence) {
    return sequence - shift(slot, POSITION) > 0 ? shift(slot, AFTER) : shift(slot, BEFORE);
  }

  /** How far a number of the server's sequence, as the client knows it, has been shifted. */
  public int shiftOfAcknowledged(int slot, int acknowledged) {
    int before = shift(slot, BEFORE);
    return acknowledged - before - shift(slot, POSITION) > 0 ? shift(slot, AFTER) : before;
  }

  /**
   * The segment that begins at a sequence number has become longer: nf_ct_seqadj_set. One that was
   * sent before the last such is ignored.
   *
   * @param bytes by how much; negative for shorter
   */
  public void lengthened(int slot, int sequence, int bytes) {
    int before = shift(slot, BEFORE);
    int after = shift(slot, AFTER);
    if (before != after && shift(slot, POSITION) - sequence >= 0) {
      return;
    }
    int annex = slots.annex(slot);
    int other = slots.i32(annex, IN_FORCE) == 1 ? 2 : 1;
    int at = FIRST_SHIFT + (other - 1) * SHIFT_BYTES;
    slots.i32(annex, at + POSITION, sequence);
    slots.i32(annex, at + BEFORE, after);
    slots.i32(annex, at + AFTER, after + bytes);
    slots.i32Release(annex, IN_FORCE, other);
  }
}
