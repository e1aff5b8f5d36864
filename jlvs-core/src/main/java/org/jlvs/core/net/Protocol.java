package org.jlvs.core.net;

/** A transport protocol that a virtual service can be of, with its IP protocol number. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /**
   * The protocol of a number.
   *
   * @throws IllegalArgumentException when no service can be of it
   */
  public static Protocol of(int number) {
    for (Protocol protocol : values()) {
      if (protocol.number == number) {
        return protocol;
      }
    }
    throw new IllegalArgumentException("no service can be of protocol " + number);
  }

  /** The protocol's number in an IP header. */
  public int number() {
    return number;
  }
}
