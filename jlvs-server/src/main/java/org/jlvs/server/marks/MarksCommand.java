package org.jlvs.server.marks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.server.control.CommandHandler;

/**
 * The command {@code marks}: the rules in force that may mark packets, their hits, the services
 * that go by them, and what can't be evaluated.
 */
public final class MarksCommand implements CommandHandler {
  static final String HELP =
      """
      Usage: jlvs marks [--json] [--colour]
      The firewall's mark rules as the director understands them, and its own (see 'jlvs mark'): how many packets each
      has matched, of those that the director asked about, and the services that go by its mark. Rules that can't be
      evaluated match nothing, and say why.

            --json     print JSON
            --colour   colour the text (default: on a terminal)
        -h, --help     print this
      """;

  private static final int MISUSED = 2;
  private static final Set<String> OPTIONS =
      Set.of("--json", "--colour", "--color", "-h", "--help");

  private final HostMarkRules rules;
  private final Director director;

  public MarksCommand(HostMarkRules rules, Director director) {
    this.rules = rules;
    this.director = director;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    for (String argument : arguments) {
      if (!OPTIONS.contains(argument)) {
        String message = "marks: unknown argument \"%s\"; 'jlvs marks --help' lists the options\n";
        err.write(message.formatted(argument).getBytes(StandardCharsets.UTF_8));
        return MISUSED;
      }
    }
    out.write(text(arguments).getBytes(StandardCharsets.UTF_8));
    return 0;
  }

  private String text(List<String> arguments) {
    if (arguments.contains("-h") || arguments.contains("--help")) {
      return HELP;
    }
    List<ServiceKey.Mark> services =
        director.services().stream()
            .map(service -> service.spec().key())
            .filter(ServiceKey.Mark.class::isInstance)
            .map(ServiceKey.Mark.class::cast)
            .toList();
    MarksView view = MarksView.of(rules.current(), services, rules.problems());
    return arguments.contains("--json")
        ? view.json()
        : view.text(arguments.contains("--colour") || arguments.contains("--color"));
  }
}
