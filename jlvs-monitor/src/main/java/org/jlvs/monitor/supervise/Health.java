package org.jlvs.monitor.supervise;

/** What supervision takes a server for. */
public enum Health {
  /** No check has ended, and the table had nothing to say about it. */
  UNKNOWN,
  UP,
  DOWN,
  /** Taken out by its operator: its clients may finish, new ones go elsewhere. */
  MAINTENANCE
}
