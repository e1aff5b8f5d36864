package org.jlvs.core.protocol;

import java.util.List;

/** The states of a TCP connection, in the kernel's order and under its names. */
public enum TcpState {
  NONE(false),
  ESTABLISHED(true),
  SYN_SENT(true),
  SYN_RECV(true),
  FIN_WAIT(false),
  TIME_WAIT(false),
  CLOSE(false),
  CLOSE_WAIT(false),
  LAST_ACK(false),
  LISTEN(false),
  SYNACK(true);

  private static final List<TcpState> ALL = List.of(values());

  private final boolean active;

  TcpState(boolean active) {
    this.active = active;
  }

  /** Whether a connection in this state counts as active, as tcp_state_active_table says. */
  public boolean active() {
    return active;
  }

  /** The state of a number; CLOSE for a number that is none. */
  public static TcpState of(int number) {
    return number >= 0 && number < ALL.size() ? ALL.get(number) : CLOSE;
  }
}
