package org.jlvs.linux.bpf;

/** Verdicts of XDP programs, numbered as {@code enum xdp_action}. */
public enum XdpAction {
  ABORTED(0),
  DROP(1),
  PASS(2),
  TX(3),
  REDIRECT(4);

  private final int number;

  XdpAction(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** As the kernel takes a verdict: what it doesn't know is ABORTED. */
  public static XdpAction of(int verdict) {
    for (XdpAction action : values()) {
      if (action.number == verdict) {
        return action;
      }
    }
    return ABORTED;
  }
}
