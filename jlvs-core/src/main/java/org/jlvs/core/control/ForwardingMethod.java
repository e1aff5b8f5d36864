package org.jlvs.core.control;

/** How packets reach a real server; numbered as IP_VS_CONN_F_FWD_MASK's values. */
public enum ForwardingMethod {
  MASQUERADE(0),
  LOCAL(1),
  TUNNEL(2),
  DIRECT_ROUTE(3),
  /** On to where the packet was bound anyway, by no server: what {@code cache_bypass} makes. */
  BYPASS(4);

  private final int number;

  ForwardingMethod(int number) {
    this.number = number;
  }

  /** The kernel's number of this method. */
  public int number() {
    return number;
  }
}
