package org.jlvs.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TcpStateMachineTest {
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int PSH = 0x08;
  private static final int ACK = 0x10;
  private static final int URG = 0x20;

  private record Step(Direction direction, int flags) {}

  private static Step client(int flags) {
    return new Step(Direction.INPUT, flags);
  }

  private static Step server(int flags) {
    return new Step(Direction.OUTPUT, flags);
  }

  private static Step unanswered(int flags) {
    return new Step(Direction.INPUT_ONLY, flags);
  }

  /** The states that a new connection goes through. */
  private static List<TcpState> states(TcpStateMachine machine, Step... steps) {
    List<TcpState> states = new ArrayList<>();
    int state = TcpState.NONE.ordinal();
    for (Step step : steps) {
      state = machine.next(state, step.direction, step.flags);
      states.add(TcpState.of(state));
    }
    return states;
  }

  @Test
  void aConnectionThatTheClientEnds() {
    assertThat(
            states(
                TcpStateMachine.NORMAL,
                client(SYN),
                server(SYN | ACK),
                client(ACK),
                client(FIN | ACK),
                server(ACK),
                server(FIN | ACK),
                client(ACK)))
        .containsExactly(
            TcpState.SYN_RECV,
            TcpState.SYN_RECV,
            TcpState.ESTABLISHED,
            TcpState.CLOSE_WAIT,
            TcpState.CLOSE_WAIT,
            TcpState.TIME_WAIT,
            TcpState.TIME_WAIT);
  }

  @Test
  void aConnectionThatTheServerEnds() {
    assertThat(
            states(
                TcpStateMachine.NORMAL,
                client(SYN),
                server(SYN | ACK),
                client(ACK),
                server(FIN | ACK),
                client(FIN | ACK)))
        .containsExactly(
            TcpState.SYN_RECV,
            TcpState.SYN_RECV,
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT,
            TcpState.TIME_WAIT);
  }

  @Test
  void aConnectionOfWhichOnlyTheClientIsSeen() {
    assertThat(
            states(
                TcpStateMachine.NORMAL,
                unanswered(SYN),
                unanswered(ACK),
                unanswered(PSH | ACK),
                unanswered(FIN | ACK),
                unanswered(ACK),
                unanswered(RST)))
        .containsExactly(
            TcpState.SYN_RECV,
            TcpState.ESTABLISHED,
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT,
            TcpState.FIN_WAIT,
            TcpState.CLOSE);
  }

  @Test
  void underAttackOnlyTheServersAnswerMakesAConnectionEstablished() {
    assertThat(
            states(
                TcpStateMachine.SECURE,
                client(SYN),
                client(ACK),
                server(SYN | ACK),
                client(ACK),
                server(ACK)))
        .containsExactly(
            TcpState.SYN_RECV,
            TcpState.SYN_RECV,
            TcpState.SYNACK,
            TcpState.SYNACK,
            TcpState.ESTABLISHED);
    assertThat(states(TcpStateMachine.SECURE, unanswered(SYN), unanswered(ACK)))
        .containsExactly(TcpState.SYNACK, TcpState.ESTABLISHED);
  }

  @Test
  void aResetOutweighsAllOtherFlagsAndThenSynAndThenFin() {
    int established = TcpState.ESTABLISHED.ordinal();
    TcpStateMachine machine = TcpStateMachine.NORMAL;
    assertThat(machine.next(established, Direction.INPUT, RST | SYN | FIN | ACK))
        .isEqualTo(TcpState.CLOSE.ordinal());
    assertThat(machine.next(established, Direction.OUTPUT, SYN | FIN | ACK)).isEqualTo(established);
    assertThat(machine.next(established, Direction.OUTPUT, FIN | ACK))
        .isEqualTo(TcpState.FIN_WAIT.ordinal());
  }

  @Test
  void aPacketWithNoneOfTheFlagsThatMatterCloses() {
    for (TcpStateMachine machine : TcpStateMachine.values()) {
      for (Direction direction : Direction.values()) {
        for (int flags : new int[] {0, PSH, URG, PSH | URG}) {
          assertThat(machine.next(TcpState.ESTABLISHED.ordinal(), direction, flags))
              .isEqualTo(TcpState.CLOSE.ordinal());
        }
      }
    }
  }

  @Test
  void plainPacketsLeaveTheseStatesAsTheyAre() {
    assertThat(stable(TcpStateMachine.NORMAL, Direction.INPUT))
        .isEqualTo("ESTABLISHED SYN_SENT FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LISTEN");
    assertThat(stable(TcpStateMachine.NORMAL, Direction.OUTPUT))
        .isEqualTo("ESTABLISHED SYN_SENT FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK");
    assertThat(stable(TcpStateMachine.SECURE, Direction.INPUT))
        .isEqualTo(
            "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LISTEN SYNACK");
  }

  private static String stable(TcpStateMachine machine, Direction direction) {
    List<String> names = new ArrayList<>();
    for (TcpState state : TcpState.values()) {
      if (machine.isStable(state.ordinal(), direction)) {
        names.add(state.name());
      }
    }
    return String.join(" ", names);
  }

  @Test
  void aNumberThatIsNoStateIsClosed() {
    assertThat(TcpState.of(10)).isEqualTo(TcpState.SYNACK);
    assertThat(TcpState.of(11)).isEqualTo(TcpState.CLOSE);
    assertThat(TcpState.of(0)).isEqualTo(TcpState.NONE);
    assertThat(TcpState.of(-1)).isEqualTo(TcpState.CLOSE);
  }
}
