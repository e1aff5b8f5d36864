package org.jlvs.monitor.supervise;

import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.config.WeightSettings;

/**
 * What a real server's agent wants, and what is made of it. Small changes of the weight are passed
 * over until they add up to a step; a silent agent's last word holds for some intervals, and then
 * it has no say any more. For the supervision's thread.
 */
final class AgentState {
  private static final int WHOLE = 100;
  private static final int GREATEST_WEIGHT = 65_535;

  private final WeightSettings settings;
  private int told = WHOLE;
  private int percent = WHOLE;
  private AgentWord.State wish = AgentWord.State.READY;
  private String remark = "";
  private boolean hasSay;
  private int silences;

  AgentState(WeightSettings settings) {
    this.settings = settings;
  }

  /** Goes on with what was known before a reload, if the same agent is asked. */
  void inherit(AgentState before) {
    if (!settings.source().equals(before.settings.source())) {
      return;
    }
    told = before.told;
    percent = before.percent;
    wish = before.wish;
    remark = before.remark;
    hasSay = before.hasSay;
    silences = before.silences;
  }

  /** Takes what came of asking. */
  void take(AgentWord word) {
    switch (word) {
      case AgentWord.Answer answer -> {
        silences = 0;
        hasSay = true;
        wish = answer.state();
        remark = answer.reason();
        told = answer.percent().orElse(told);
        boolean atAnEnd = told == 0 || told == WHOLE;
        if (atAnEnd || Math.abs(told - percent) >= settings.step()) {
          percent = told;
        }
      }
      case AgentWord.Silence _ -> {
        silences = Math.min(silences + 1, settings.keep());
        if (silences == settings.keep()) {
          told = WHOLE;
          percent = WHOLE;
          wish = AgentWord.State.READY;
          remark = "";
          hasSay = false;
        }
      }
    }
  }

  /** Whether its last word counts. */
  boolean hasSay() {
    return hasSay;
  }

  /** Questions in a row that it left unanswered, up to as many as make it lose its say. */
  int silences() {
    return silences;
  }

  /** The share of the configured weight that is in force, of 100, whatever else it wants. */
  int percent() {
    return percent;
  }

  /** What it wants for its server; ready while it has no say. */
  AgentWord.State wish() {
    return wish;
  }

  /** Its word for an operator, such as {@code 50%} or {@code drain (disk full)}. */
  String text() {
    if (!hasSay) {
      return silences == 0 ? "not asked yet" : "silent";
    }
    String text =
        switch (wish) {
          case READY -> told + "%";
          case DRAIN -> "drain";
          case MAINTENANCE -> "maint";
          case DOWN -> "down";
        };
    return remark.isEmpty() ? text : text + " (" + remark + ")";
  }

  /**
   * The weight to put into the table.
   *
   * @param configured the file's
   */
  int weight(int configured) {
    if (wish != AgentWord.State.READY || percent == 0 || configured == 0) {
      return wish == AgentWord.State.DRAIN || percent == 0 ? 0 : configured;
    }
    long share = Math.round((double) configured * percent / WHOLE);
    return (int) Math.clamp(share, 1, Math.max(GREATEST_WEIGHT, configured));
  }
}
