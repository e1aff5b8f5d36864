package org.jlvs.core.net;

/** An address family, numbered as {@code AF_INET} and {@code AF_INET6} are. */
public enum Family {
  IPV4(2, 4),
  IPV6(10, 16);

  private final int number;
  private final int addressBytes;

  Family(int number, int addressBytes) {
    this.number = number;
    this.addressBytes = addressBytes;
  }

  /** The kernel's number of this family. */
  public int number() {
    return number;
  }

  /** Bytes of an address of this family: 4 or 16. */
  public int addressBytes() {
    return addressBytes;
  }
}
