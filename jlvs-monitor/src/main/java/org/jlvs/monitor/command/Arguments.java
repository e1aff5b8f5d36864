package org.jlvs.monitor.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A command line of ldirectord.
 *
 * @param daemon whether this is the process in the background that {@code start} has started
 * @param configuration as given; empty for the default
 */
record Arguments(boolean debug, boolean daemon, Action action, String configuration) {

  enum Action {
    START,
    STOP,
    RESTART,
    TRY_RESTART,
    RELOAD,
    FORCE_RELOAD,
    STATUS,
    CONFIGTEST,
    EXPLAIN,
    EXPLAIN_JSON,
    EXPLAIN_COLOUR,
    HELP,
    VERSION;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Action> named(String text) {
      for (Action action : values()) {
        if (action.text().equals(text) && action.compareTo(CONFIGTEST) <= 0) {
          return Optional.of(action);
        }
      }
      return Optional.empty();
    }
  }

  static final class Usage extends Exception {
    private static final long serialVersionUID = 1;

    Usage(String message) {
      super(message);
    }
  }

  static Arguments parse(List<String> arguments) throws Usage {
    boolean debug = false;
    boolean daemon = false;
    boolean optionsOver = false;
    boolean explain = false;
    boolean json = false;
    boolean colour = false;
    List<String> words = new ArrayList<>();
    for (String argument : arguments) {
      if (optionsOver || !argument.startsWith("-")) {
        words.add(argument);
        continue;
      }
      switch (argument) {
        case "-d", "--debug" -> debug = true;
        case "--daemon" -> daemon = true;
        case "--explain" -> explain = true;
        case "--json" -> json = true;
        case "--colour", "--color" -> colour = true;
        case "--" -> optionsOver = true;
        case "-h", "-?", "--help" -> {
          return new Arguments(debug, daemon, Action.HELP, "");
        }
        case "-v", "--version" -> {
          return new Arguments(debug, daemon, Action.VERSION, "");
        }
        default -> throw new Usage("Unknown option: " + argument);
      }
    }
    if (explain) {
      if (words.size() > 1) {
        throw new Usage("--explain wants one configuration or none, found " + words.size());
      }
      Action how = json ? Action.EXPLAIN_JSON : colour ? Action.EXPLAIN_COLOUR : Action.EXPLAIN;
      return new Arguments(debug, daemon, how, words.isEmpty() ? "" : words.getFirst());
    }
    if (json || colour) {
      throw new Usage((json ? "--json" : "--colour") + " goes with --explain only");
    }
    if (words.isEmpty()) {
      throw new Usage("expected [CONFIGURATION] COMMAND, found nothing");
    }
    // What follows is ignored, as the original does: some scripts pass more on.
    String command = words.get(Math.min(1, words.size() - 1));
    Action action =
        Action.named(command)
            .orElseThrow(
                () ->
                    new Usage(
                        "unknown command "
                            + command
                            + "; expected start, stop, restart, try-restart, reload, force-reload,"
                            + " status or configtest"));
    return new Arguments(debug, daemon, action, words.size() > 1 ? words.getFirst() : "");
  }
}
