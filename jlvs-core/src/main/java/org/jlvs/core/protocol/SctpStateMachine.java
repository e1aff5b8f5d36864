package org.jlvs.core.protocol;

/**
 * How chunks move an SCTP association from state to state: the transitions of ip_vs_proto_sctp.c.
 * Immutable.
 */
public final class SctpStateMachine {
  /** Chunk types of RFC 9260, section 3.2, that matter here. */
  public static final int INIT = 1;

  public static final int ABORT = 6;
  public static final int COOKIE_ECHO = 10;
  public static final int COOKIE_ACK = 11;

  private static final int INIT_ACK = 2;
  private static final int SHUTDOWN = 7;
  private static final int SHUTDOWN_ACK = 8;
  private static final int ERROR = 9;
  private static final int SHUTDOWN_COMPLETE = 14;

  private static final int ROWS = 10;
  private static final int STATES = SctpState.values().length;

  /** Columns: the states; rows: DATA and all others, INIT, … as {@link #row} numbers them. */
  private static final String[] TRANSITIONS = {
    "ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    "I1 IN IN CS CR CW CO CE ES SS SR SA IN IN",
    "CW CW CW CS CR CO CO CE ES SS SR SA RJ CL",
    "CR IN IN CR CR CW CO CE ES SS SR SA RJ CL",
    "ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL",
    "SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL",
    "CL IN IN CS CR CW CO CE ES CL SR CL RJ CL",
    "CL CL CL CS CR CW CO CE ES SS SR CL RJ CL",
    "CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL",
    "CL CL CL CL CL RJ CL CL CL CL CL CL CL CL",
    // The server's packets.
    "ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    "CW CW CW CW CW CW CW CW ES CW CW CW CW CW",
    "CS CS CS CS CR CW CO CE ES SS SR SA RJ CL",
    "CE CE CE CE CE CE CE CE ES SS SR SA RJ CL",
    "ES ES ES ES ES ES ES ES ES SS SR SA RJ CL",
    "SS SS SS SS SS SS SS SS SS SS SR SA RJ CL",
    "SA SA SA SA SA CW CO CE ES SA SA SA RJ CL",
    "CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    "CL CL CL CL CL CW CO CE ES SS SR SA RJ CL",
    "CL RJ CL CL CL CL CL CL CL CL CL CL CL CL",
    // The client's packets, where none of the server's are seen. States that only a server's packet
    // leads to stand here as above.
    "ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    "I1 IN IN CS CR CW CO CE ES SS SR SA IN IN",
    "CE CE CE CS CR CO CO CE ES SS SR SA RJ CL",
    "ES ES ES CR CR CW CO CE ES SS SR SA RJ CL",
    "ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL",
    "SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL",
    "CL IN IN CS CR CW CO CE CL CL SR CL RJ CL",
    "CL CL CL CS CR CW CO CE ES SS CL CL RJ CL",
    "CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    "CL CL CL CL CL RJ CL CL CL CL CL CL CL CL",
  };

  private static final byte[] NEXT = parse();

  private SctpStateMachine() {}

  private static byte[] parse() {
    byte[] next = new byte[TRANSITIONS.length * STATES];
    for (int row = 0; row < TRANSITIONS.length; row++) {
      String[] words = TRANSITIONS[row].split(" ");
      for (int state = 0; state < STATES; state++) {
        next[row * STATES + state] = (byte) state(words[state]).ordinal();
      }
    }
    return next;
  }

  private static SctpState state(String word) {
    return switch (word) {
      case "NO" -> SctpState.NONE;
      case "I1" -> SctpState.INIT1;
      case "IN" -> SctpState.INIT;
      case "CS" -> SctpState.COOKIE_SENT;
      case "CR" -> SctpState.COOKIE_REPLIED;
      case "CW" -> SctpState.COOKIE_WAIT;
      case "CO" -> SctpState.COOKIE;
      case "CE" -> SctpState.COOKIE_ECHOED;
      case "ES" -> SctpState.ESTABLISHED;
      case "SS" -> SctpState.SHUTDOWN_SENT;
      case "SR" -> SctpState.SHUTDOWN_RECEIVED;
      case "SA" -> SctpState.SHUTDOWN_ACK_SENT;
      case "RJ" -> SctpState.REJECTED;
      case "CL" -> SctpState.CLOSED;
      default -> throw new IllegalArgumentException(word);
    };
  }

  /**
   * The state after a packet.
   *
   * @param state number of the state before
   * @param chunk type of the chunk that decides, see {@link #row}
   */
  public static int next(int state, Direction direction, int chunk) {
    int known = SctpState.of(state).ordinal();
    return NEXT[(direction.ordinal() * ROWS + row(chunk)) * STATES + known];
  }

  private static int row(int chunk) {
    return switch (chunk) {
      case INIT -> 1;
      case INIT_ACK -> 2;
      case COOKIE_ECHO -> 3;
      case COOKIE_ACK -> 4;
      case SHUTDOWN -> 5;
      case SHUTDOWN_ACK -> 6;
      case SHUTDOWN_COMPLETE -> 7;
      case ERROR -> 8;
      case ABORT -> 9;
      default -> 0;
    };
  }
}
