package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jlvs.monitor.check.AgentGrammar;
import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.config.WeightSettings;
import org.jlvs.monitor.config.WeightSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What agents' words make of weights. */
final class AgentStateTest {
  private static final AgentWord SILENCE = new AgentWord.Silence("connection refused");

  private final AgentState agent = new AgentState(settings(8081));

  private static WeightSettings settings(int port) {
    return new WeightSettings(
        new WeightSource.Tcp(port), Duration.ofSeconds(5), Duration.ofSeconds(1), 5, 3);
  }

  private void say(String... words) {
    for (String word : words) {
      agent.take(word.equals("-") ? SILENCE : AgentGrammar.read(word));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "50%, 100, 50",
    "50%, 3, 2",
    "0%, 3, 0",
    "1%, 3, 1",
    "1%, 1, 1",
    "100%, 7, 7",
    "150%, 10, 15",
    "1000%, 60000, 65535",
    "50%, 0, 0",
    "1000%, 0, 0",
    "drain, 100, 0",
    "'drain 50%', 100, 0",
    "maint, 100, 100",
    "down, 100, 100",
    "up, 100, 100",
    "100%, 100000, 100000",
  })
  void aShareOfTheConfiguredWeightIsPutIntoTheTable(String word, int configured, int weight) {
    assertThat(agent.weight(configured)).isEqualTo(configured);
    say(word);
    assertThat(agent.weight(configured)).isEqualTo(weight);
  }

  @Test
  void smallChangesWaitUntilTheyAddUp() {
    say("50%", "54%", "46%");
    assertThat(agent.percent()).isEqualTo(50);
    say("55%");
    assertThat(agent.percent()).isEqualTo(55);
    say("97%", "100%");
    assertThat(agent.percent()).isEqualTo(100);
    say("3%", "0%");
    assertThat(agent.percent()).isZero();
    say("4%");
    assertThat(agent.percent()).isZero();
    assertThat(agent.text()).isEqualTo("4%");
  }

  @Test
  void anAnswerStandsForItselfButForAWeightItDoesNotMention() {
    say("40% drain # disk full");
    assertThat(agent.text()).isEqualTo("drain (disk full)");
    say("up");
    assertThat(agent.wish()).isEqualTo(AgentWord.State.READY);
    assertThat(agent.weight(100)).isEqualTo(40);
    say("down");
    assertThat(agent.wish()).isEqualTo(AgentWord.State.DOWN);
    say("60%");
    assertThat(agent.wish()).isEqualTo(AgentWord.State.READY);
    assertThat(agent.weight(100)).isEqualTo(60);
  }

  @Test
  void aSilentAgentsLastWordHoldsForSomeIntervals() {
    assertThat(agent.text()).isEqualTo("not asked yet");
    say("drain 20%", "-", "-");
    assertThat(agent.weight(100)).isZero();
    assertThat(agent.hasSay()).isTrue();
    say("-");
    assertThat(agent.hasSay()).isFalse();
    assertThat(agent.weight(100)).isEqualTo(100);
    assertThat(agent.text()).isEqualTo("silent");
    say("20%", "-", "30%", "-", "-");
    assertThat(agent.weight(100)).isEqualTo(30);
  }

  @Test
  void aReloadKeepsTheWordOfTheSameAgent() {
    say("30%", "-");
    AgentState next = new AgentState(settings(8081));
    next.inherit(agent);
    assertThat(next.weight(100)).isEqualTo(30);
    assertThat(next.silences()).isOne();
    AgentState other = new AgentState(settings(8082));
    other.inherit(agent);
    assertThat(other.weight(100)).isEqualTo(100);
  }
}
