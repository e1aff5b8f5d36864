package org.jlvs.testbed.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineTest {
  @Test
  void nothingHappensWhenATimerMayRunOut() {
    Timeline timeline = new Timeline();

    assertThat(timeline.mayFollow(1)).isTrue();
    assertThat(timeline.mayFollow(2)).as("a burst that takes its time meets 3 s").isFalse();
    assertThat(timeline.mayFollow(3.2)).as("the kernel may be late").isFalse();
    assertThat(timeline.mayFollow(5.2)).isTrue();
    assertThat(timeline.mayFollow(10)).as("CLOSE").isFalse();
  }

  @Test
  void timersOfEveryBurstCount() {
    Timeline timeline = new Timeline();
    timeline.sleep(5.2);

    assertThat(timeline.mayFollow(5.2)).as("10 s after the first burst").isFalse();
    assertThat(timeline.mayFollow(8)).isTrue();
  }

  @Test
  void nothingTakesLongerThanAMinute() {
    Timeline timeline = new Timeline();
    timeline.sleep(24);

    assertThat(timeline.mayFollow(24)).isTrue();
    assertThat(timeline.mayFollow(45)).isFalse();
  }

  @Test
  void aScenarioIsFairWhenAllItsSleepsAre() {
    List<Step> steps = List.of(new Step.Connections(), new Step.Sleep(5.2), new Step.Connections());

    assertThat(Timeline.isFair(steps)).isTrue();
    assertThat(Timeline.isFair(List.of(new Step.Sleep(2)))).isFalse();
  }
}
