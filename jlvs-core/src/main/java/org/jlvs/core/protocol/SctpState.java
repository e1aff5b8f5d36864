package org.jlvs.core.protocol;

import java.util.List;

/**
 * The states of an SCTP association, in the kernel's order, with the names and the time-outs it
 * gives them (ip_vs_proto_sctp.c).
 */
public enum SctpState {
  NONE("NONE", 2),
  INIT1("INIT1", 4),
  INIT("INIT", 61),
  COOKIE_SENT("C-SENT", 61),
  COOKIE_REPLIED("C-REPLIED", 61),
  COOKIE_WAIT("C-WAIT", 61),
  COOKIE("COOKIE", 61),
  COOKIE_ECHOED("C-ECHOED", 61),
  ESTABLISHED("ESTABLISHED", 900),
  SHUTDOWN_SENT("S-SENT", 61),
  SHUTDOWN_RECEIVED("S-RECEIVED", 61),
  SHUTDOWN_ACK_SENT("S-ACK-SENT", 61),
  REJECTED("REJECTED", 4),
  CLOSED("CLOSED", 61);

  private static final List<SctpState> ALL = List.of(values());

  private final String label;
  private final int seconds;

  SctpState(String label, int seconds) {
    this.label = label;
    this.seconds = seconds;
  }

  /** The name in listings. */
  public String label() {
    return label;
  }

  /** How long an association lasts in the state when no packet comes; nothing changes it. */
  int seconds() {
    return seconds;
  }

  /** Whether an association in this state counts as active: set_sctp_state. */
  public boolean active() {
    return this == ESTABLISHED;
  }

  /** The state of a number; CLOSED for a number that is none. */
  public static SctpState of(int number) {
    return number >= 0 && number < ALL.size() ? ALL.get(number) : CLOSED;
  }
}
