package org.jlvs.core.engine;

/** What the engine has dropped, and why. Only grows; for the engine thread. */
public final class EngineCounters {
  /** No whole IP or transport header, or a wrong checksum of one. */
  public long malformed;

  /** The connection table was full. */
  public long tableFull;

  /** Dropped in defense of the director: {@code drop_packet}. */
  public long defended;

  /** The connection's server was deleted. */
  public long serverGone;

  /** Clients of servers that were taken out, asked for their sequence numbers. */
  public long clientsAsked;

  /** Packets of clients of servers that were taken out, answered with a reset. */
  public long clientsReset;
}
