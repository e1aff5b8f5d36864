package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BacklogTest {
  private final Backlog<Integer> backlog = new Backlog<>();

  @Test
  void onlyTheFirstThatWaitsHasToBeAnnounced() {
    assertThat(backlog.add(1)).isTrue();
    assertThat(backlog.add(2)).isFalse();
    assertThat(backlog.take()).containsExactly(1, 2);
    assertThat(backlog.take()).isEmpty();
    assertThat(backlog.add(3)).isTrue();
  }

  @Test
  void ofAMillionThatNobodyTakesTheNewestRemain() {
    for (int i = 0; i < 1_000_000; i++) {
      backlog.add(i);
    }

    assertThat(backlog.take())
        .containsExactly(999_992, 999_993, 999_994, 999_995, 999_996, 999_997, 999_998, 999_999);
  }
}
