package org.jlvs.core.control;

/**
 * How a tunnelled server's packets are wrapped.
 *
 * @param port UDP port of GUE, 0 otherwise
 */
public record Tunnel(Type type, int port, Checksum checksum) {

  /** What the packets are wrapped in; in the kernel's order. */
  public enum Type {
    IPIP,
    GUE,
    GRE
  }

  /** The outer checksum; in the kernel's order of flags. */
  public enum Checksum {
    NONE,
    FULL,
    REMOTE
  }

  /** What a server has unless told otherwise. */
  public static final Tunnel IPIP = new Tunnel(Type.IPIP, 0, Checksum.NONE);
}
