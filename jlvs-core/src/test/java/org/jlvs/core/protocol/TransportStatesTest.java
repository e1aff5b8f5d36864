package org.jlvs.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TransportStatesTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;

  /** Names of the states for which something holds. */
  private static List<String> which(int protocol, IntPredicate holds) {
    int states = protocol == SCTP ? SctpState.values().length : TcpState.values().length;
    return IntStream.range(0, states)
        .filter(holds)
        .mapToObj(state -> TransportStates.name(protocol, state))
        .toList();
  }

  @Test
  void connectionsThatAreBegunOrEstablishedCountAsActive() {
    assertThat(which(TCP, state -> TransportStates.active(TCP, state)))
        .containsExactly("ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK");
    assertThat(which(SCTP, state -> TransportStates.active(SCTP, state)))
        .containsExactly("ESTABLISHED");
    assertThat(which(UDP, state -> TransportStates.active(UDP, state))).isEmpty();
  }

  @Test
  void onlyOneStateProvesATemplate() {
    assertThat(which(TCP, state -> TransportStates.established(TCP, state)))
        .containsExactly("ESTABLISHED");
    assertThat(which(SCTP, state -> TransportStates.established(SCTP, state)))
        .containsExactly("ESTABLISHED");
    assertThat(which(UDP, state -> TransportStates.established(UDP, state))).isEmpty();
  }
}
