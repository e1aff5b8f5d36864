package org.jlvs.core.protocol;

/** Whose packet moves a connection's state. */
public enum Direction {
  /** The client's. */
  INPUT,
  /** The server's. */
  OUTPUT,
  /** The client's, of a connection whose server's packets do not pass the director. */
  INPUT_ONLY
}
