package org.jlvs.core.mark;

/** What a rule does with a packet that it matches. */
public sealed interface Action {

  /** The packet's mark becomes {@code (mark & ~clear) ^ xor}; goes on with the next rule. */
  record SetMark(int clear, int xor) implements Action {}

  /** The connection's mark becomes {@code (mark & ~clear) ^ xor}; goes on. */
  record SetConnectionMark(int clear, int xor) implements Action {}

  /**
   * The connection's mark becomes {@code (its mark & ~connectionMask) ^ (the packet's &
   * packetMask)}; goes on.
   */
  record SaveMark(int packetMask, int connectionMask) implements Action {}

  /**
   * The packet's mark becomes {@code (its mark & ~packetMask) ^ (the connection's &
   * connectionMask)}; goes on.
   */
  record RestoreMark(int packetMask, int connectionMask) implements Action {}

  /** Ends this table's rules. */
  record Accept() implements Action {}

  /** Ends the packet. */
  record Drop() implements Action {}

  /** Goes on behind the rule that jumped here; in a base chain its policy decides. */
  record Return() implements Action {}

  /** Runs another chain of the table, then goes on. */
  record Jump(String chain) implements Action {}

  /** Runs another chain of the table, then goes on where this chain would have returned to. */
  record GoTo(String chain) implements Action {}

  /** Does what changes no mark and no verdict, such as logging; goes on. */
  record Nothing() implements Action {}
}
