package org.jlvs.monitor.check;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.StringTokenizer;

/**
 * The language of agents, that of HAProxy's {@code agent-check}: the first line holds words in any
 * order and case between blanks and commas. {@code 75%}, or {@code 75}, is a share of the
 * configured weight; {@code drain}, {@code maint} and {@code down} (also {@code failed} and {@code
 * stopped}) take the server out in their ways, {@code up} and {@code ready} do not; what follows a
 * {@code #} is for people; {@code maxconn:N} is passed over. Unlike there, an answer stands for
 * itself: a server whose agent no longer says {@code drain} is no longer drained.
 */
public final class AgentGrammar {
  /** A weight may become ten times the configured one. */
  public static final int MOST_PERCENT = 1000;

  /** Characters of an answer that are looked at. */
  public static final int LONGEST_ANSWER = 1000;

  private AgentGrammar() {}

  /**
   * Reads an answer.
   *
   * @param answer any text
   */
  public static AgentWord read(String answer) {
    String text = answer.substring(0, Math.min(answer.length(), LONGEST_ANSWER));
    String line = firstLine(text);
    int comment = line.indexOf('#');
    String words = comment < 0 ? line : line.substring(0, comment);
    OptionalInt percent = OptionalInt.empty();
    AgentWord.State state = AgentWord.State.READY;
    boolean any = false;
    StringTokenizer tokens = new StringTokenizer(words, " \t,");
    while (tokens.hasMoreTokens()) {
      String word = tokens.nextToken().toLowerCase(Locale.ROOT);
      any = true;
      switch (word) {
        case "up", "ready" -> {}
        case "drain" -> state = worse(state, AgentWord.State.DRAIN);
        case "maint" -> state = worse(state, AgentWord.State.MAINTENANCE);
        case "down", "failed", "fail", "stopped" -> state = worse(state, AgentWord.State.DOWN);
        default -> {
          if (word.matches("[0-9]{1,4}%?")) {
            percent = OptionalInt.of(Integer.parseInt(word.replace("%", "")));
            if (percent.getAsInt() > MOST_PERCENT) {
              return new AgentWord.Silence(
                  "its agent says " + word + ", more than " + MOST_PERCENT + "%");
            }
          } else if (!word.matches("maxconn:[0-9]{1,9}")) {
            return new AgentWord.Silence(
                "its agent's answer " + Excerpt.of(line) + " has no meaning");
          }
        }
      }
    }
    if (!any) {
      return new AgentWord.Silence("its agent's answer is empty");
    }
    String reason = comment < 0 ? "" : Excerpt.line(line.substring(comment + 1));
    return new AgentWord.Answer(percent, state, reason);
  }

  private static AgentWord.State worse(AgentWord.State a, AgentWord.State b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static String firstLine(String text) {
    String line = text.stripLeading();
    int end = 0;
    while (end < line.length() && "\r\n\0".indexOf(line.charAt(end)) < 0) {
      end++;
    }
    return line.substring(0, end).strip();
  }
}
