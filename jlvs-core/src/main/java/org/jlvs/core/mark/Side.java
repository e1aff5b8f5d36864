package org.jlvs.core.mark;

/** Which end of a packet a match looks at. */
public enum Side {
  SOURCE,
  DESTINATION,
  /** Either of the two; only for ports. */
  EITHER
}
