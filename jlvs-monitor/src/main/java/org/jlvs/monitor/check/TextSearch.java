package org.jlvs.monitor.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jlvs.monitor.config.WeightSource;

/**
 * What one text check looks for in an answer as it comes, piece by piece. As the original does it,
 * each line is searched by itself; without anything to look for, any line will do.
 */
final class TextSearch {
  private static final int QUOTED = 128;

  private final Check.Text check;
  private final Optional<WeightSource.Group> group;
  private final Deadline deadline;
  private Outcome found = Outcome.down("connection closed without an answer");
  private int searched;
  private int lineBegins;
  private Optional<AgentWord> word = Optional.empty();

  /**
   * @param source where the weight is looked for too; a header there is none in plain text
   */
  TextSearch(Check.Text check, Optional<WeightSource.InCheck> source, Deadline deadline) {
    this.check = check;
    this.group =
        source.filter(WeightSource.Group.class::isInstance).map(WeightSource.Group.class::cast);
    this.deadline = deadline;
  }

  /** Whether more of the answer would change nothing. */
  boolean isOver() {
    return found.up() && (group.isEmpty() || word.isPresent());
  }

  /** Looks at the answer's first {@code length} bytes, which are all that have come. */
  void look(byte[] answer, int length) {
    for (; searched < length && !found.up(); searched++) {
      if (answer[searched] == '\n') {
        lookAtLine(answer, searched + 1);
        lineBegins = searched + 1;
      }
    }
    word = group.flatMap(wanted -> Checker.wordIn(answer, length, wanted, deadline));
  }

  private void lookAtLine(byte[] answer, int end) {
    byte[] line = Arrays.copyOfRange(answer, lineBegins, end);
    found =
        check
            .receive()
            .map(
                receive ->
                    AnswerText.search(receive, line, line.length, deadline, "expected answer"))
            .orElseGet(() -> Outcome.up("an answer"));
  }

  /** The outcome once {@link #isOver}, or when no more is read. */
  Outcome outcome() {
    return found.up() && group.isPresent()
        ? found.with(word.orElseGet(() -> Checker.noMatch(group.get())))
        : found;
  }

  /** The outcome when the server has closed after {@code length} bytes. */
  Outcome closed(byte[] answer, int length) {
    if (!found.up() && lineBegins < length) {
      lookAtLine(answer, length);
    }
    if (found.up() || length == 0) {
      return outcome();
    }
    String beginning =
        new String(Arrays.copyOf(answer, Math.min(length, QUOTED)), StandardCharsets.ISO_8859_1);
    return Outcome.down(
        "the answer "
            + Excerpt.of(beginning)
            + " does not contain /"
            + check.receive().map(Object::toString).orElse("")
            + "/");
  }

  /** The outcome when the time is over, if there is one but for the weight. */
  Optional<Outcome> outOfTime() {
    return found.up() ? Optional.of(outcome()) : Optional.empty();
  }
}
