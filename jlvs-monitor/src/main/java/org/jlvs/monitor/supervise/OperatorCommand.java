package org.jlvs.monitor.supervise;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.monitor.config.ConfiguredText;

/**
 * A command of a configuration, which means what it would mean in a shell.
 *
 * @param text as the configuration has it
 * @param arguments what follows, which no shell looks at
 */
public record OperatorCommand(String text, List<String> arguments) {
  public OperatorCommand {
    arguments = List.copyOf(arguments);
  }

  static OperatorCommand of(String text, String... arguments) {
    return new OperatorCommand(text, List.of(arguments));
  }

  /** Has a shell take quotes off and find programs, as it does for Perl's {@code system}. */
  List<String> words() {
    List<String> words =
        new ArrayList<>(List.of("/bin/sh", "-c", ConfiguredText.decoded(text) + " \"$@\"", "sh"));
    words.addAll(arguments);
    return words;
  }

  @Override
  public String toString() {
    return text + " " + String.join(" ", arguments);
  }
}
