package org.jlvs.monitor.check;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import org.jlvs.monitor.config.PerlRegexp;

/**
 * Bytes of an answer as the text that a regular expression is looked for in: each byte a character.
 * Looking ends at the deadline, however long the expression would go on backtracking.
 */
final class AnswerText implements CharSequence {
  private static final int STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 4096;

  private final byte[] bytes;
  private final int from;
  private final int to;
  private final Deadline deadline;
  private int steps;

  AnswerText(byte[] bytes, int from, int to, Deadline deadline) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.deadline = deadline;
  }

  /** Whether {@code regexp} matches somewhere; {@link Outcome#down} with the reason if not. */
  static Outcome search(PerlRegexp regexp, byte[] bytes, int length, Deadline deadline, String up) {
    AnswerText text = new AnswerText(bytes, 0, length, deadline);
    Matcher matcher = regexp.pattern().matcher(text);
    try {
      return matcher.find()
          ? Outcome.up(up)
          : Outcome.down("the answer does not contain /" + regexp.source() + "/");
    } catch (OutOfTime over) {
      return Outcome.down(
          "the deadline passed while the answer was searched for /" + regexp.source() + "/");
    } catch (StackOverflowError deep) {
      return Outcome.down("the answer is too long to be searched for /" + regexp.source() + "/");
    }
  }

  /** What the first group of {@code regexp} has matched; empty if it did not within the time. */
  static Optional<String> firstGroup(
      PerlRegexp regexp, byte[] bytes, int length, Deadline deadline) {
    Matcher matcher = regexp.pattern().matcher(new AnswerText(bytes, 0, length, deadline));
    try {
      return matcher.find() ? Optional.ofNullable(matcher.group(1)) : Optional.empty();
    } catch (OutOfTime | StackOverflowError hopeless) {
      return Optional.empty();
    }
  }

  @Override
  public int length() {
    return to - from;
  }

  @Override
  public char charAt(int index) {
    if (++steps == STEPS_BETWEEN_LOOKS_AT_THE_CLOCK) {
      steps = 0;
      if (deadline.over()) {
        throw new OutOfTime();
      }
    }
    return (char) (bytes[from + index] & 0xff);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return new AnswerText(bytes, from + start, from + end, deadline);
  }

  @Override
  public String toString() {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static final class OutOfTime extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutOfTime() {
      super(null, null, false, false);
    }
  }
}
