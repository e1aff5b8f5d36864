package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * The commands {@code iptables} and {@code ip6tables} on a {@link MangleTable}: same arguments,
 * exit codes and messages as iptables 1.8.9's legacy variant. A command that fails changes nothing.
 * A rule that the director could not evaluate is refused.
 */
public final class IptablesCommand {
  private static final int USAGE = 2;
  private static final int REFUSED = 1;
  private static final int LONGEST_CHAIN_NAME = 28;
  private static final Set<String> STANDARD_TARGETS = Set.of("ACCEPT", "DROP", "QUEUE", "RETURN");

  /**
   * What a command answers.
   *
   * @param exitCode 0, 1 for a change that is not possible, 2 for wrong usage
   */
  public record Result(int exitCode, String out, String err) {}

  private static final class Refusal extends Exception {
    Refusal(String message) {
      super(message);
    }
  }

  private final MangleTable table;
  private final Words words;
  private final RuleParser rule;
  private final StringBuilder out = new StringBuilder();

  /** The command's letter, 0 when none was given yet. */
  private char command;

  private @Nullable String chain;
  private @Nullable String argument;
  private @Nullable Integer number;
  private boolean ruleGiven;
  private String tableName = "filter";

  private IptablesCommand(List<String> arguments, MangleTable table) {
    this.table = table;
    words = new Words(arguments);
    rule = new RuleParser(table.family(), table::has);
  }

  /**
   * Runs a command.
   *
   * @param words the program's name, with or without a path and a variant's suffix, and its
   *     arguments
   */
  public static Result apply(List<String> words, MangleTable table) {
    String program = table.family() == Family.IPV4 ? "iptables" : "ip6tables";
    IptablesCommand command =
        new IptablesCommand(words.subList(Math.min(1, words.size()), words.size()), table);
    try {
      command.parse();
      command.run();
      return new Result(0, command.out.toString(), "");
    } catch (RuleSyntaxException e) {
      String prefix = e.reason().startsWith("Bad argument") ? "" : program + " v1.8.9 (legacy): ";
      return new Result(
          USAGE,
          "",
          prefix
              + e.reason()
              + "\nTry `"
              + program
              + " -h' or '"
              + program
              + " --help' for more information.\n");
    } catch (Refusal e) {
      return new Result(REFUSED, "", program + ": " + e.getMessage() + "\n");
    }
  }

  private void parse() throws RuleSyntaxException {
    while (!words.isEmpty()) {
      String option = words.nextOption();
      boolean inverted = option.equals("!") && !words.isEmpty();
      if (inverted) {
        option = words.nextOption();
      }
      if (!general(option) && !command(option)) {
        if (!rule.option(option, words, inverted)) {
          throw RuleParser.unknown(option);
        }
        ruleGiven = true;
        outInterface(option);
      }
    }
    if (command == 0) {
      throw new RuleSyntaxException("no command specified");
    }
    if (!tableName.equals("mangle")) {
      throw new RuleSyntaxException(
          "the director keeps marks in the table `mangle' only, not in `"
              + tableName
              + "' (say -t mangle)");
    }
  }

  private void outInterface(String option) throws RuleSyntaxException {
    boolean incoming = "PREROUTING".equals(chain) || "INPUT".equals(chain);
    if (incoming && (option.equals("-o") || option.equals("--out-interface"))) {
      throw new RuleSyntaxException("Can't use -o with " + chain);
    }
  }

  /** Takes an option that is of no rule and no command. */
  private boolean general(String option) throws RuleSyntaxException {
    switch (option) {
      case "-t", "--table" -> tableName = words.argument(option);
      case "-w", "--wait", "-W", "--wait-interval" -> {
        if (words.hasPlainWord()) {
          words.next();
        }
      }
      case "-c", "--set-counters" -> {
        words.argument(option);
        words.argument(option);
      }
      case "-n",
          "--numeric",
          "-v",
          "--verbose",
          "-x",
          "--exact",
          "--line-numbers",
          "-4",
          "-6",
          "--ipv4",
          "--ipv6" -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean command(String option) throws RuleSyntaxException {
    char letter =
        switch (option) {
          case "-A", "--append" -> 'A';
          case "-I", "--insert" -> 'I';
          case "-D", "--delete" -> 'D';
          case "-R", "--replace" -> 'R';
          case "-C", "--check" -> 'C';
          case "-F", "--flush" -> 'F';
          case "-Z", "--zero" -> 'Z';
          case "-N", "--new", "--new-chain" -> 'N';
          case "-X", "--delete-chain" -> 'X';
          case "-P", "--policy" -> 'P';
          case "-E", "--rename-chain" -> 'E';
          case "-S", "--list-rules" -> 'S';
          default -> 0;
        };
    if (letter == 0) {
      return false;
    }
    if (command != 0) {
      throw new RuleSyntaxException("Cannot use -" + letter + " with -" + command);
    }
    command = letter;
    switch (letter) {
      case 'A', 'C' -> chain = words.argument("-" + letter);
      case 'I', 'D', 'R' -> {
        chain = words.argument("-" + letter);
        if (words.hasPlainWord()) {
          number = ruleNumber(words.next());
        } else if (letter == 'R') {
          throw new RuleSyntaxException("-R requires a rule number");
        }
      }
      case 'N' -> chain = newChain(words.argument("-N"));
      case 'P', 'E' -> {
        chain = words.argument("-" + letter);
        if (!words.hasPlainWord()) {
          throw new RuleSyntaxException(
              letter == 'P'
                  ? "-P requires a chain and a policy"
                  : "-E requires old-chain-name and new-chain-name");
        }
        argument = words.next();
        if (letter == 'E') {
          newChain(argument);
        }
      }
      default -> {
        if (words.hasPlainWord()) {
          chain = words.next();
        }
        if ((letter == 'S' || letter == 'Z') && words.hasPlainWord()) {
          number = ruleNumber(words.next());
        }
      }
    }
    return true;
  }

  private static int ruleNumber(String text) throws RuleSyntaxException {
    return Numbers.unsigned(text, Integer.MAX_VALUE)
        .filter(value -> value > 0)
        .map(Long::intValue)
        .orElseThrow(() -> new RuleSyntaxException("Invalid rule number `" + text + "'"));
  }

  private static String newChain(String name) throws RuleSyntaxException {
    if (name.startsWith("-") || name.startsWith("!")) {
      throw new RuleSyntaxException(
          "chain name not allowed to start with `" + name.charAt(0) + "'");
    }
    if (name.chars().anyMatch(c -> c == ' ' || c >= '\t' && c <= '\r')) {
      throw new RuleSyntaxException("Invalid chain name `" + name + "'");
    }
    if (name.length() > LONGEST_CHAIN_NAME) {
      throw new RuleSyntaxException("chain name `" + name + "' too long (must be under 29 chars)");
    }
    if (STANDARD_TARGETS.contains(name) || name.equals("MARK") || name.equals("CONNMARK")) {
      throw new RuleSyntaxException("chain name may not clash with target name");
    }
    return name;
  }

  private void run() throws RuleSyntaxException, Refusal {
    List<Rule.Translated> given = rule.rules();
    if (ruleGiven && "FZNXPES".indexOf(command) >= 0) {
      throw new RuleSyntaxException("a rule can't be given with -" + command);
    }
    switch (command) {
      case 'A' -> change(named(), rules -> rules.addAll(given));
      case 'I' -> insert(given);
      case 'D' -> delete(given);
      case 'R' -> replace(given);
      case 'C' -> {
        for (Rule.Translated one : given) {
          indexOf(one, rulesOf(named()));
        }
      }
      case 'F' -> eachNamed(name -> table.rules(name).clear());
      case 'Z' -> eachNamed(_ -> {});
      case 'N' -> {
        String name = named();
        if (table.has(name)) {
          throw new Refusal("Chain already exists.");
        }
        table.add(name);
      }
      case 'X' -> deleteChains();
      case 'P' -> setPolicy();
      case 'E' -> rename();
      case 'S' -> list();
      default -> throw new IllegalStateException("no command -" + command);
    }
  }

  private String named() throws RuleSyntaxException {
    if (chain == null) {
      throw new RuleSyntaxException("option \"-" + command + "\" requires an argument");
    }
    return chain;
  }

  private List<Rule.Translated> rulesOf(String name) throws Refusal {
    if (!table.has(name)) {
      throw new Refusal("No chain/target/match by that name.");
    }
    return table.rules(name);
  }

  private interface Change {
    void applyTo(List<Rule.Translated> rules) throws Refusal;
  }

  /** Changes a chain's rules, or not at all if packets could run in a circle then. */
  private void change(String name, Change change) throws Refusal {
    List<Rule.Translated> rules = rulesOf(name);
    List<Rule.Translated> before = List.copyOf(rules);
    change.applyTo(rules);
    if (table.hasLoop()) {
      rules.clear();
      rules.addAll(before);
      throw new Refusal("Too many levels of symbolic links.");
    }
  }

  private void insert(List<Rule.Translated> given) throws RuleSyntaxException, Refusal {
    int at = number == null ? 0 : number - 1;
    change(
        named(),
        rules -> {
          if (at > rules.size()) {
            throw new Refusal("Index of insertion too big.");
          }
          rules.addAll(at, given);
        });
  }

  private void delete(List<Rule.Translated> given) throws RuleSyntaxException, Refusal {
    Integer place = number;
    change(
        named(),
        rules -> {
          if (place != null) {
            if (place > rules.size()) {
              throw new Refusal("Index of deletion too big.");
            }
            rules.remove(place - 1);
            return;
          }
          List<Rule.Translated> left = new ArrayList<>(rules);
          for (Rule.Translated one : given) {
            left.remove(indexOf(one, left));
          }
          rules.clear();
          rules.addAll(left);
        });
  }

  private static int indexOf(Rule.Translated wanted, List<Rule.Translated> rules) throws Refusal {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).text().equals(wanted.text())) {
        return i;
      }
    }
    boolean verdict =
        switch (wanted.actions().getFirst()) {
          case Action.Accept _, Action.Drop _, Action.Return _, Action.Nothing _ -> true;
          case Action.SetMark _,
              Action.SetConnectionMark _,
              Action.SaveMark _,
              Action.RestoreMark _,
              Action.Jump _,
              Action.GoTo _ ->
              false;
        };
    throw new Refusal(
        verdict
            ? "Bad rule (does a matching rule exist in that chain?)."
            : "No chain/target/match by that name.");
  }

  private void replace(List<Rule.Translated> given) throws RuleSyntaxException, Refusal {
    if (given.size() != 1) {
      throw new RuleSyntaxException("Replacement rule does not specify a unique address");
    }
    int place = number == null ? 1 : number;
    change(
        named(),
        rules -> {
          if (place > rules.size()) {
            throw new Refusal("Index of replacement too big.");
          }
          rules.set(place - 1, given.getFirst());
        });
  }

  private interface ChainTask {
    void run(String name);
  }

  private void eachNamed(ChainTask task) throws Refusal {
    if (chain == null) {
      table.names().forEach(task::run);
    } else {
      rulesOf(chain);
      task.run(chain);
    }
  }

  private void deleteChains() throws Refusal {
    if (chain != null) {
      rulesOf(chain);
      deleteChain(chain);
      return;
    }
    List<String> own =
        table.names().stream().filter(name -> !MangleTable.BUILT_IN.contains(name)).toList();
    Refusal last = null;
    for (String name : own) {
      try {
        checkDeletable(name);
      } catch (Refusal e) {
        last = e;
      }
    }
    if (last != null) {
      throw last;
    }
    own.forEach(table::remove);
  }

  private void deleteChain(String name) throws Refusal {
    checkDeletable(name);
    table.remove(name);
  }

  private void checkDeletable(String name) throws Refusal {
    if (MangleTable.BUILT_IN.contains(name)) {
      throw new Refusal("Invalid argument. Run `dmesg' for more information.");
    }
    if (table.isJumpedTo(name)) {
      throw new Refusal("Too many links.");
    }
    if (!table.rules(name).isEmpty()) {
      throw new Refusal("Directory not empty.");
    }
  }

  private void setPolicy() throws RuleSyntaxException, Refusal {
    String name = named();
    if (!MangleTable.BUILT_IN.contains(name)) {
      throw new Refusal("Bad built-in chain name.");
    }
    boolean drop = "DROP".equals(argument);
    if (!drop && !"ACCEPT".equals(argument)) {
      throw new Refusal("Bad policy name. Run `dmesg' for more information.");
    }
    table.policy(name, drop);
  }

  private void rename() throws RuleSyntaxException, Refusal {
    String from = named();
    String to = Optional.ofNullable(argument).orElse(from);
    if (table.has(to)) {
      throw new Refusal("File exists.");
    }
    if (MangleTable.BUILT_IN.contains(from)) {
      throw new Refusal("No chain/target/match by that name.");
    }
    rulesOf(from);
    table.rename(from, to);
  }

  private void list() throws Refusal {
    List<String> names = chain == null ? table.names() : List.of(chain);
    for (String name : names) {
      rulesOf(name);
      if (number == null) {
        out.append(
            MangleTable.BUILT_IN.contains(name)
                ? "-P " + name + (table.drops(name) ? " DROP" : " ACCEPT")
                : "-N " + name);
        out.append('\n');
      }
    }
    for (String name : names) {
      List<Rule.Translated> rules = table.rules(name);
      for (int i = 0; i < rules.size(); i++) {
        if (number == null || number == i + 1) {
          String text = rules.get(i).text();
          out.append("-A ")
              .append(name)
              .append(text.isEmpty() ? "" : " ")
              .append(text)
              .append('\n');
        }
      }
    }
  }
}
