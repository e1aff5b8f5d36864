package org.jlvs.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Timeouts;
import org.junit.jupiter.api.Test;

class StateTimeoutsTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;
  private static final int LONGEST = 21_474_836;

  private final StateTimeouts timeouts = new StateTimeouts();

  @Test
  void eachTcpStateHasItsTime() {
    assertThat(
            Arrays.stream(TcpState.values()).map(state -> timeouts.seconds(TCP, state.ordinal())))
        .containsExactly(2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120);
    assertThat(timeouts.seconds(SCTP, SctpState.ESTABLISHED.ordinal())).isEqualTo(900);
    assertThat(timeouts.seconds(UDP, 0)).isEqualTo(300);
  }

  @Test
  void operatorsSetThreeOfThemAndZeroKeepsOne() throws DirectorException {
    assertThat(timeouts.view()).isEqualTo(new Timeouts(900, 120, 300));
    timeouts.set(new Timeouts(100, 0, 0));
    assertThat(timeouts.view()).isEqualTo(new Timeouts(100, 120, 300));
    timeouts.set(new Timeouts(0, 20, 0));
    assertThat(timeouts.view()).isEqualTo(new Timeouts(100, 20, 300));
    timeouts.set(new Timeouts(0, 0, 30));
    assertThat(timeouts.view()).isEqualTo(new Timeouts(100, 20, 30));
    assertThat(
            List.of(
                timeouts.tcp(TcpState.ESTABLISHED.ordinal()),
                timeouts.tcp(TcpState.FIN_WAIT.ordinal()),
                timeouts.udp()))
        .containsExactly(100, 20, 30);
  }

  @Test
  void whatTheKernelCannotCountIsRefusedAndNothingChanged() throws DirectorException {
    for (int wrong : new int[] {-1, LONGEST + 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertRefused(new Timeouts(wrong, 1, 1), "time-out tcp can be 0 to 21474836 seconds", wrong);
      assertRefused(new Timeouts(1, wrong, 1), "time-out tcpfin can be 0 to 21474836", wrong);
      assertRefused(new Timeouts(1, 1, wrong), "time-out udp can be 0 to 21474836", wrong);
    }
    timeouts.set(new Timeouts(LONGEST, LONGEST, LONGEST));
    assertThat(timeouts.view()).isEqualTo(new Timeouts(LONGEST, LONGEST, LONGEST));
  }

  private void assertRefused(Timeouts wrong, String message, int named) {
    assertThatThrownBy(() -> timeouts.set(wrong))
        .isInstanceOf(DirectorException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("not " + named);
    assertThat(timeouts.view()).isEqualTo(new Timeouts(900, 120, 300));
  }
}
