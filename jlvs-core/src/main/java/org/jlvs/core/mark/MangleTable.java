package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.Chain.Hook;
import org.jlvs.core.mark.Chain.Point;
import org.jlvs.core.net.Family;

/**
 * The table {@code mangle} of one family in memory, as {@link IptablesCommand} changes it. Mutable;
 * for one thread.
 */
public final class MangleTable {
  /** The built-in chains in the kernel's order. */
  static final List<String> BUILT_IN =
      List.of("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING");

  private final Family family;
  private final Map<String, List<Rule.Translated>> chains = new LinkedHashMap<>();
  private final Map<String, Boolean> dropsByDefault = new LinkedHashMap<>();

  /** A table as the kernel makes it: built-in chains without rules, policy ACCEPT. */
  public MangleTable(Family family) {
    this.family = family;
    for (String chain : BUILT_IN) {
      chains.put(chain, new ArrayList<>());
      dropsByDefault.put(chain, false);
    }
  }

  /** Whose packets the rules are for. */
  public Family family() {
    return family;
  }

  /** The table as it is now, for a {@link MarkRuleSet}. */
  public RuleTable snapshot() {
    return new RuleTable(IptablesSave.tableName(family, "mangle"), Set.of(family), chainList())
        .reachable();
  }

  List<Chain> chainList() {
    List<Chain> all = new ArrayList<>();
    chains.forEach(
        (name, rules) -> all.add(new Chain(name, hook(name), drops(name), List.copyOf(rules))));
    return all;
  }

  private static Optional<Hook> hook(String chain) {
    return switch (chain) {
      case "PREROUTING" -> Optional.of(new Hook(Point.PREROUTING, IptablesSave.MANGLE));
      case "INPUT" -> Optional.of(new Hook(Point.INPUT, IptablesSave.MANGLE));
      default -> Optional.empty();
    };
  }

  /** Whether a chain's policy is DROP. */
  boolean drops(String chain) {
    return dropsByDefault.getOrDefault(chain, false);
  }

  void policy(String chain, boolean drop) {
    dropsByDefault.put(chain, drop);
  }

  boolean has(String chain) {
    return chains.containsKey(chain);
  }

  /** The rules of a chain, to be changed in place; empty for a chain that is not there. */
  List<Rule.Translated> rules(String chain) {
    return chains.getOrDefault(chain, new ArrayList<>());
  }

  /** The names of the chains: the built-in ones, then the others in the order of their names. */
  List<String> names() {
    List<String> names = new ArrayList<>(BUILT_IN);
    chains.keySet().stream().filter(name -> !BUILT_IN.contains(name)).sorted().forEach(names::add);
    return names;
  }

  void add(String chain) {
    chains.put(chain, new ArrayList<>());
  }

  void remove(String chain) {
    chains.remove(chain);
  }

  /** Renames a chain, and the jumps to it with it. */
  void rename(String from, String to) {
    List<Rule.Translated> moved = rules(from);
    chains.remove(from);
    chains.put(to, moved);
    chains.values().forEach(rules -> rules.replaceAll(rule -> redirected(rule, from, to)));
  }

  private static Rule.Translated redirected(Rule.Translated rule, String from, String to) {
    return switch (rule.actions().getFirst()) {
      case Action.Jump(String chain) when chain.equals(from) ->
          new Rule.Translated(retargeted(rule, to), rule.matches(), List.of(new Action.Jump(to)));
      case Action.GoTo(String chain) when chain.equals(from) ->
          new Rule.Translated(retargeted(rule, to), rule.matches(), List.of(new Action.GoTo(to)));
      default -> rule;
    };
  }

  private static String retargeted(Rule.Translated rule, String to) {
    return rule.text().substring(0, rule.text().lastIndexOf(' ') + 1) + to;
  }

  boolean isJumpedTo(String chain) {
    return chains.values().stream()
        .flatMap(List::stream)
        .flatMap(rule -> rule.actions().stream())
        .anyMatch(action -> ChainLoops.target(action).filter(chain::equals).isPresent());
  }

  /** Whether a packet could run in a circle. */
  boolean hasLoop() {
    List<Chain> reachable =
        new RuleTable("mangle", Set.of(family), chainListFromEverywhere()).reachable().chains();
    return !ChainLoops.of(reachable).isEmpty();
  }

  /** All built-in chains count as entered, since the kernel checks the ways from all of them. */
  private List<Chain> chainListFromEverywhere() {
    Hook any = new Hook(Point.PREROUTING, 0);
    return chainList().stream()
        .map(
            chain ->
                BUILT_IN.contains(chain.name())
                    ? new Chain(chain.name(), Optional.of(any), false, chain.rules())
                    : chain)
        .toList();
  }
}
