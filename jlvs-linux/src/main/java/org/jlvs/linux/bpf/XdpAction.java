package org.jlvs.linux.bpf;

/** Verdicts of XDP programs, numbered as {@code enum xdp_action}. */
public enum XdpAction {
  ABORTED,
  DROP,
  PASS,
  TX,
  REDIRECT;

  public int number() {
    return ordinal();
  }

  /** As the kernel takes a verdict: what it doesn't know is ABORTED. */
  public static XdpAction of(int verdict) {
    return verdict >= 0 && verdict < values().length ? values()[verdict] : ABORTED;
  }
}
