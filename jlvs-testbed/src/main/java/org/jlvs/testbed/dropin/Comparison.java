package org.jlvs.testbed.dropin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Where two answered a session differently. */
public final class Comparison {
  /** An unsorted listing has the kernel's hash chains, whose order depends on an address in it. */
  private static final String UNSORTED = "--nosort";

  /** Said by the shell that ipvsadm-restore is written for, when ipvsadm ends before its input. */
  private static final Pattern BROKEN_PIPE = Pattern.compile("(?m)^.*: Broken pipe\n");

  private Comparison() {}

  /**
   * Compares answers to one session, command by command.
   *
   * @return each difference as text for a reader
   */
  public static List<String> differences(
      Session session, List<Answer> original, List<Answer> ours) {
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < session.commands().size(); i++) {
      Typed typed = session.commands().get(i);
      if (!comparable(typed, original.get(i)).equals(comparable(typed, ours.get(i)))) {
        differences.add(
            "%s, command %d: %s%n  the original: %s%n  jlvs: %s"
                .formatted(session.name(), i + 1, typed, original.get(i), ours.get(i)));
      }
    }
    return differences;
  }

  private static Answer comparable(Typed typed, Answer answer) {
    String err = BROKEN_PIPE.matcher(answer.err()).replaceAll("");
    boolean unsorted = (typed.words() + typed.input()).contains(UNSORTED);
    return new Answer(answer.exitCode(), unsorted ? sorted(answer.out()) : answer.out(), err);
  }

  /** The services of a listing in order, each with its servers as they come. */
  private static String sorted(String listing) {
    String[] services = listing.split("\n(?! )");
    Arrays.sort(services);
    return String.join("\n", services);
  }
}
