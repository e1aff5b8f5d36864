package org.jlvs.core.protocol;

import java.util.Arrays;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.Timeouts;

/** How many seconds a connection lasts in each state when no packet comes. For one thread. */
public final class StateTimeouts {
  /** Of a connection whose first packet has not been looked at: ip_vs_conn_new. */
  public static final int INITIAL_SECONDS = 3;

  /** The kernel's INT_MAX / HZ with a HZ of 100. */
  private static final int LONGEST_SECONDS = Integer.MAX_VALUE / 100;

  private static final int UDP_DEFAULT = 300;

  /** By TcpState: the kernel's tcp_timeouts. */
  private static final int[] TCP_DEFAULTS = {2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120};

  private final int[] tcp = Arrays.copyOf(TCP_DEFAULTS, TCP_DEFAULTS.length);
  private int udp = UDP_DEFAULT;

  /** Of a TCP state's number. */
  public int tcp(int state) {
    return tcp[TcpState.of(state).ordinal()];
  }

  /** Of a connection of a protocol in a state. */
  public int seconds(int protocol, int state) {
    return switch (protocol) {
      case TransportStates.TCP -> tcp(state);
      case TransportStates.SCTP -> SctpState.of(state).seconds();
      default -> udp;
    };
  }

  public int udp() {
    return udp;
  }

  /** The three that operators may set. */
  public Timeouts view() {
    return new Timeouts(tcp[TcpState.ESTABLISHED.ordinal()], tcp[TcpState.FIN_WAIT.ordinal()], udp);
  }

  /**
   * Takes over what is not 0.
   *
   * @throws DirectorException EINVAL when one is negative or too large; none is changed then
   */
  public void set(Timeouts timeouts) throws DirectorException {
    check("tcp", timeouts.tcp());
    check("tcpfin", timeouts.tcpFin());
    check("udp", timeouts.udp());
    if (timeouts.tcp() != 0) {
      tcp[TcpState.ESTABLISHED.ordinal()] = timeouts.tcp();
    }
    if (timeouts.tcpFin() != 0) {
      tcp[TcpState.FIN_WAIT.ordinal()] = timeouts.tcpFin();
    }
    if (timeouts.udp() != 0) {
      udp = timeouts.udp();
    }
  }

  private static void check(String name, int seconds) throws DirectorException {
    if (seconds < 0 || seconds > LONGEST_SECONDS) {
      throw new DirectorException(
          Errno.EINVAL,
          "time-out %s can be 0 to %d seconds, not %d".formatted(name, LONGEST_SECONDS, seconds));
    }
  }
}
