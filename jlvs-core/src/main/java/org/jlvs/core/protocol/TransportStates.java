package org.jlvs.core.protocol;

/** What a connection's state means by its IP protocol number. Threads may share it. */
public final class TransportStates {
  static final int TCP = 6;
  static final int SCTP = 132;

  private TransportStates() {}

  /** The name in listings. */
  public static String name(int protocol, int state) {
    return switch (protocol) {
      case TCP -> TcpState.of(state).name();
      case SCTP -> SctpState.of(state).label();
      default -> "UDP";
    };
  }

  /** Whether a connection in the state counts as active; those without states never do. */
  public static boolean active(int protocol, int state) {
    return switch (protocol) {
      case TCP -> TcpState.of(state).active();
      case SCTP -> SctpState.of(state).active();
      default -> false;
    };
  }

  /** Whether a connection in the state is established, and with it its template proven. */
  public static boolean established(int protocol, int state) {
    return switch (protocol) {
      case TCP -> state == TcpState.ESTABLISHED.ordinal();
      case SCTP -> state == SctpState.ESTABLISHED.ordinal();
      default -> false;
    };
  }
}
