package org.jlvs.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SctpStateMachineTest {
  private static final Map<String, Integer> CHUNKS =
      Map.of(
          "DATA", 0,
          "INIT", 1,
          "INIT_ACK", 2,
          "COOKIE_ECHO", 10,
          "COOKIE_ACK", 11,
          "SHUTDOWN", 7,
          "SHUTDOWN_ACK", 8,
          "SHUTDOWN_COMPLETE", 14,
          "ERROR", 9,
          "ABORT", 6);

  /** A transition of the kernel's: direction, state before, chunk, state after. */
  private static List<String[]> recorded() throws IOException {
    List<String[]> rows = new ArrayList<>();
    try (InputStream in =
            Objects.requireNonNull(
                SctpStateMachineTest.class.getResourceAsStream("sctp-transitions.tsv"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.lines().map(line -> line.split("\t")).forEach(rows::add);
    }
    return rows;
  }

  private static int state(String label) {
    return Arrays.stream(SctpState.values())
        .filter(state -> state.label().equals(label))
        .findFirst()
        .orElseThrow()
        .ordinal();
  }

  private static String label(int state) {
    return SctpState.of(state).label();
  }

  @Test
  void everyChunkLeadsFromEveryStateToTheStateThatTheKernelEnters() throws IOException {
    List<String[]> rows = recorded();
    assertThat(rows).hasSize(350);
    for (String[] row : rows) {
      int chunk = Objects.requireNonNull(CHUNKS.get(row[2]));
      int next = SctpStateMachine.next(state(row[1]), Direction.valueOf(row[0]), chunk);
      assertThat(label(next)).as(String.join(" ", row)).isEqualTo(row[3]);
    }
  }

  @Test
  void chunksThatNobodyKnowsCountAsData() {
    for (Direction direction : Direction.values()) {
      for (int state = 0; state < SctpState.values().length; state++) {
        int afterData = SctpStateMachine.next(state, direction, 0);
        for (int chunk : new int[] {3, 4, 5, 12, 13, 15, 64, 128, 192, 255}) {
          assertThat(SctpStateMachine.next(state, direction, chunk)).isEqualTo(afterData);
        }
      }
    }
  }

  @Test
  void aNumberThatIsNoStateIsClosed() {
    assertThat(SctpState.of(14)).isEqualTo(SctpState.CLOSED);
    assertThat(SctpState.of(-1)).isEqualTo(SctpState.CLOSED);
  }
}
