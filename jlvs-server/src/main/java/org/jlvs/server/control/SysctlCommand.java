package org.jlvs.server.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.settings.Setting;
import org.jlvs.core.settings.Settings;

/**
 * The command {@code sysctl}: shows and changes the director's settings as sysctl(8) does the
 * kernel's, with its options and its output. Either all that a command asks for is changed, or
 * nothing.
 */
public final class SysctlCommand implements CommandHandler {
  private static final String KERNEL_FOLDER = "net.ipv4.vs";
  private static final String OWN_FOLDER = "jlvs";
  private static final int REFUSED = 1;
  private static final int MISUSED = 2;

  /** Settings of kernels after 6.1, and why there is nothing to set. */
  private static final Map<String, String> OF_LATER_KERNELS =
      Map.of(
          "est_cpulist", "rates are estimated by the engine thread, which has no list of CPUs",
          "est_nice", "rates are estimated by the engine thread, which has no priority of its own",
          "conn_lfactor", "'jlvs director --connections' says how large the connection table is",
          "svc_lfactor", "the table of services grows with them");

  private static final String HELP =
      """
      Usage: jlvs sysctl [OPTION]... NAME...          show settings of the director
             jlvs sysctl [OPTION]... NAME=VALUE...    change them, all or none
             jlvs sysctl [-n | -N] -a                 show all

        -a, --all      show all settings
        -n, --values   show values without names
        -N, --names    show names without values
        -w, --write    take arguments as NAME=VALUE only
        -q, --quiet    do not show what was changed
        -e, --ignore   pass over names that there are not
        -h, --help     print this

      NAME is that of sysctl(8), such as net.ipv4.vs.expire_nodest_conn, with dots or slashes, with or without
      net.ipv4.vs. before it. Settings last as long as the services do: over the director's restart.
      """;

  private final Director director;

  /** What settings there are; its values mean nothing. */
  private final Settings catalogue = new Settings();

  public SysctlCommand(Director director) {
    this.director = director;
  }

  /** What the options say. */
  private static final class Options {
    private boolean all;
    private boolean help;
    private boolean values = true;
    private boolean names = true;
    private boolean writeOnly;
    private boolean quiet;
    private boolean ignoreUnknown;
    private final List<String> arguments = new ArrayList<>();
  }

  /** A command that can't be obeyed; the message is for its user. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    RefusedException(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }
  }

  /** A change that was asked for. */
  private record Change(Setting setting, String text) {}

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    try {
      Options options = options(arguments);
      if (options.help) {
        print(out, HELP);
      } else {
        obey(options, out, err);
      }
      return 0;
    } catch (RefusedException e) {
      print(err, "jlvs sysctl: " + e.getMessage() + "\n");
      return e.exitCode;
    }
  }

  private static Options options(List<String> arguments) throws RefusedException {
    Options options = new Options();
    boolean onlyArguments = false;
    for (String argument : arguments) {
      if (onlyArguments || !argument.startsWith("-") || argument.equals("-")) {
        options.arguments.add(argument);
      } else if (argument.equals("--")) {
        onlyArguments = true;
      } else if (argument.startsWith("--")) {
        option(options, argument.substring(2), argument);
      } else {
        for (int i = 1; i < argument.length(); i++) {
          option(options, argument.substring(i, i + 1), argument);
        }
      }
    }
    if (!options.help && !options.all && options.arguments.isEmpty()) {
      throw new RefusedException(
          MISUSED, "which setting? Give names, NAME=VALUE, or -a for all of them");
    }
    if (options.all && !options.arguments.isEmpty()) {
      throw new RefusedException(
          MISUSED,
          "-a shows all settings; it goes without \"%s\"".formatted(options.arguments.getFirst()));
    }
    return options;
  }

  private static void option(Options options, String name, String argument)
      throws RefusedException {
    switch (name) {
      case "a", "A", "X", "all" -> options.all = true;
      case "n", "values" -> options.names = false;
      case "N", "names" -> options.values = false;
      case "w", "write" -> options.writeOnly = true;
      case "q", "quiet" -> options.quiet = true;
      case "e", "ignore" -> options.ignoreUnknown = true;
      case "h", "help" -> options.help = true;
      default ->
          throw new RefusedException(
              MISUSED,
              "unknown option \"%s\"; 'jlvs sysctl --help' lists what there is"
                  .formatted(argument));
    }
  }

  /** Finds out all that is wrong before anything is changed or shown. */
  private void obey(Options options, OutputStream out, OutputStream err)
      throws RefusedException, IOException {
    List<Change> changes = new ArrayList<>();
    StringBuilder shown = new StringBuilder();
    Map<String, String> values = director.settings();
    Settings trial = new Settings();
    if (options.all) {
      show(options, trial.all().stream().toList(), values, shown);
    }
    for (String argument : options.arguments) {
      int sign = argument.indexOf('=');
      if (sign < 0 && options.writeOnly) {
        throw new RefusedException(MISUSED, "-w wants NAME=VALUE, not \"" + argument + "\"");
      }
      String name = Setting.nameOf(sign < 0 ? argument : argument.substring(0, sign));
      List<Setting> meant = meant(name, options);
      if (sign < 0) {
        show(options, meant, values, shown);
      } else if (!meant.isEmpty()) {
        changes.add(change(name, argument.substring(sign + 1).strip(), trial));
      }
    }
    if (!changes.isEmpty()) {
      apply(changes);
    }
    for (Change change : changes) {
      if (!options.quiet) {
        show(options, change.setting(), change.text(), shown);
      }
      remark(change, err);
    }
    print(out, shown.toString());
  }

  /** The setting of a name, those of a folder, or none when it is to be passed over. */
  private List<Setting> meant(String name, Options options) throws RefusedException {
    if (name.equals(KERNEL_FOLDER)) {
      return catalogue.all().stream().filter(setting -> !isOwn(setting)).toList();
    }
    if (name.equals(OWN_FOLDER)) {
      return catalogue.all().stream().filter(SysctlCommand::isOwn).toList();
    }
    Optional<Setting> setting = catalogue.get(name);
    if (setting.isPresent()) {
      return List.of(setting.get());
    }
    if (options.ignoreUnknown) {
      return List.of();
    }
    throw new RefusedException(REFUSED, unknown(name));
  }

  private static boolean isOwn(Setting setting) {
    return setting.name().startsWith(OWN_FOLDER + ".");
  }

  private static String unknown(String name) {
    String ofLater = OF_LATER_KERNELS.get(name);
    if (ofLater != null) {
      return "%s.%s does not apply here: %s".formatted(KERNEL_FOLDER, name, ofLater);
    }
    if (name.contains(".") && !name.startsWith(OWN_FOLDER + ".")) {
      return "%s is not a setting of the director; sysctl(8) shows and changes the host's"
          .formatted(name);
    }
    String full = name.contains(".") ? name : KERNEL_FOLDER + "." + name;
    return "there is no setting %s; 'jlvs sysctl -a' lists what there is".formatted(full);
  }

  private static Change change(String name, String text, Settings trial) throws RefusedException {
    Optional<Setting> setting = trial.get(name);
    if (setting.isEmpty()) {
      throw new RefusedException(
          REFUSED, name + " is a folder of settings; give one of them a value");
    }
    try {
      trial.set(name, text);
    } catch (DirectorException e) {
      throw new RefusedException(REFUSED, String.valueOf(e.getMessage()));
    }
    return new Change(setting.get(), text);
  }

  private void apply(List<Change> changes) throws RefusedException {
    try {
      director.allOrNothing(
          batch -> {
            for (Change change : changes) {
              batch.changeSetting(change.setting().name(), change.text());
            }
          });
    } catch (DirectorException e) {
      throw new RefusedException(REFUSED, String.valueOf(e.getMessage()));
    }
  }

  private static void remark(Change change, OutputStream err) throws IOException {
    Optional<String> why = change.setting().withoutEffect();
    if (why.isPresent()) {
      String name = change.setting().fullName();
      print(err, "jlvs sysctl: %s is kept but has no effect: %s\n".formatted(name, why.get()));
    }
  }

  private static void show(
      Options options, List<Setting> settings, Map<String, String> values, StringBuilder shown) {
    for (Setting setting : settings) {
      show(options, setting, values.getOrDefault(setting.name(), ""), shown);
    }
  }

  private static void show(Options options, Setting setting, String value, StringBuilder shown) {
    if (options.names) {
      shown.append(setting.fullName());
    }
    if (options.names && options.values) {
      shown.append(" = ");
    }
    if (options.values) {
      shown.append(value);
    }
    shown.append('\n');
  }

  private static void print(OutputStream stream, String text) throws IOException {
    stream.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
