package org.jlvs.core.protocol;

import static org.jlvs.core.protocol.TcpState.CLOSE;
import static org.jlvs.core.protocol.TcpState.CLOSE_WAIT;
import static org.jlvs.core.protocol.TcpState.ESTABLISHED;
import static org.jlvs.core.protocol.TcpState.FIN_WAIT;
import static org.jlvs.core.protocol.TcpState.LAST_ACK;
import static org.jlvs.core.protocol.TcpState.LISTEN;
import static org.jlvs.core.protocol.TcpState.SYNACK;
import static org.jlvs.core.protocol.TcpState.SYN_RECV;
import static org.jlvs.core.protocol.TcpState.SYN_SENT;
import static org.jlvs.core.protocol.TcpState.TIME_WAIT;

/**
 * How packets move a TCP connection from state to state: the transitions of ip_vs_proto_tcp.c,
 * where the director sees both directions or only the client's. Immutable.
 */
public enum TcpStateMachine {
  /** The usual one: tcp_states. */
  NORMAL(
      new TcpState[][] {
        // Columns: NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK
        // LISTEN SYNACK; rows: SYN, FIN, ACK, RST.
        row("SR ES ES SR SR SR SR SR SR SR SR"),
        row("CL CW SS TW TW TW CL CW LA LI TW"),
        row("ES ES SS ES FW TW CL CW CL LI ES"),
        row("CL CL CL SR CL CL CL CL LA LI SR"),
        // The server's packets.
        row("SS ES SS SR SS SS SS SS SS LI SR"),
        row("TW FW SS TW FW TW CL TW LA LI TW"),
        row("ES ES SS ES FW TW CL CW LA ES ES"),
        row("CL CL SS CL CL TW CL CL CL CL CL"),
        // The client's packets, where none of the server's are seen.
        row("SR ES ES SR SR SR SR SR SR SR SR"),
        row("CL FW SS TW FW TW CL CW LA LI TW"),
        row("ES ES SS ES FW TW CL CW CL LI ES"),
        row("CL CL CL SR CL CL CL CL LA LI CL"),
      }),

  /** Under attack (secure_tcp), a connection is only believed when the server answers. */
  SECURE(
      new TcpState[][] {
        row("SR ES ES SR SR SR SR SR SR SR SA"),
        row("CL CW SS TW TW TW CL CW LA LI SA"),
        row("ES ES SS SR FW TW CL CW CL LI SA"),
        row("CL CL CL SR CL CL CL CL LA LI CL"),
        row("SS ES SS SA SS SS SS SS SS LI SA"),
        row("TW FW SS TW FW TW CL TW LA LI TW"),
        row("ES ES SS ES FW TW CL CW LA ES ES"),
        row("CL CL SS CL CL TW CL CL CL CL CL"),
        row("SA ES ES SR SA SA SA SA SA SA SA"),
        row("CL FW SS TW FW TW CL CW LA LI TW"),
        row("ES ES SS ES FW TW CL CW CL LI ES"),
        row("CL CL CL SR CL CL CL CL LA LI CL"),
      });

  private static final int SYN = 0x02;
  private static final int FIN = 0x01;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;
  private static final int ROWS = 4;
  private static final int STATES = TcpState.values().length;

  private final byte[] next;

  TcpStateMachine(TcpState[][] rows) {
    int states = TcpState.values().length;
    next = new byte[rows.length * states];
    for (int row = 0; row < rows.length; row++) {
      for (int state = 0; state < states; state++) {
        next[row * states + state] = (byte) rows[row][state].ordinal();
      }
    }
  }

  private static TcpState[] row(String text) {
    String[] words = text.split(" ");
    TcpState[] row = new TcpState[words.length];
    for (int i = 0; i < words.length; i++) {
      row[i] =
          switch (words[i]) {
            case "ES" -> ESTABLISHED;
            case "SS" -> SYN_SENT;
            case "SR" -> SYN_RECV;
            case "FW" -> FIN_WAIT;
            case "TW" -> TIME_WAIT;
            case "CL" -> CLOSE;
            case "CW" -> CLOSE_WAIT;
            case "LA" -> LAST_ACK;
            case "LI" -> LISTEN;
            case "SA" -> SYNACK;
            default -> throw new IllegalArgumentException(words[i]);
          };
    }
    return row;
  }

  /**
   * The state after a packet.
   *
   * @param state number of the state before
   * @param flags the packet's TCP flag byte; a packet with none of RST, SYN, FIN, ACK closes
   */
  public int next(int state, Direction direction, int flags) {
    int row;
    if ((flags & RST) != 0) {
      row = 3;
    } else if ((flags & SYN) != 0) {
      row = 0;
    } else if ((flags & FIN) != 0) {
      row = 1;
    } else if ((flags & ACK) != 0) {
      row = 2;
    } else {
      return CLOSE.ordinal();
    }
    int known = TcpState.of(state).ordinal();
    return next[(direction.ordinal() * ROWS + row) * STATES + known];
  }

  /** Whether plain packets (ACK, none of SYN, FIN, RST) leave a state as it is. */
  public boolean isStable(int state, Direction direction) {
    return next(state, direction, ACK) == state;
  }
}
