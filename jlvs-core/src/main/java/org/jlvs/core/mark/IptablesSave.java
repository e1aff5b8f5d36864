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
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code iptables-save} and {@code ip6tables-save} print, of either backend: of the
 * tables {@code raw} and {@code mangle} the chains that a packet passes before the director.
 */
public final class IptablesSave {
  /** Priority of the table {@code raw} ({@code NF_IP_PRI_RAW}). */
  static final int RAW = -300;

  /** Priority of the table {@code mangle} ({@code NF_IP_PRI_MANGLE}). */
  static final int MANGLE = -150;

  private final Family family;
  private final List<RuleTable> tables = new ArrayList<>();
  private @Nullable String table;
  private final Map<String, String> policies = new LinkedHashMap<>();
  private final Map<String, List<Rule>> rules = new LinkedHashMap<>();
  private final Map<String, List<List<String>>> lines = new LinkedHashMap<>();

  private IptablesSave(Family family) {
    this.family = family;
  }

  /**
   * Reads a listing. Tables without rules that matter here are left out.
   *
   * @throws RuleSyntaxException with the number of the line if the text is no whole listing; rules
   *     that can't be evaluated are no such error but {@link Rule.Unsupported}
   */
  public static List<RuleTable> parse(String text, Family family) throws RuleSyntaxException {
    IptablesSave save = new IptablesSave(family);
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      try {
        save.line(line.strip());
      } catch (RuleSyntaxException e) {
        throw new RuleSyntaxException("line " + number + ": " + e.reason(), e);
      }
    }
    if (save.table != null) {
      throw new RuleSyntaxException(
          "line " + number + ": the table " + save.table + " has no COMMIT");
    }
    return List.copyOf(save.tables);
  }

  private void line(String line) throws RuleSyntaxException {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    if (line.startsWith("*")) {
      if (table != null) {
        throw new RuleSyntaxException("the table " + table + " has no COMMIT");
      }
      table = line.substring(1);
      return;
    }
    String current = table;
    if (current == null) {
      throw new RuleSyntaxException("expected *TABLE, got: " + line);
    }
    if (line.equals("COMMIT")) {
      commit(current);
      table = null;
      policies.clear();
      lines.clear();
      rules.clear();
    } else if (line.startsWith(":")) {
      List<String> words = Words.split(line.substring(1));
      if (words.size() < 2) {
        throw new RuleSyntaxException("expected :CHAIN POLICY, got: " + line);
      }
      policies.put(words.get(0), words.get(1));
      lines.put(words.get(0), new ArrayList<>());
    } else {
      rule(line);
    }
  }

  private void rule(String line) throws RuleSyntaxException {
    String rule = line;
    if (rule.startsWith("[")) {
      rule = rule.substring(rule.indexOf(']') + 1).strip();
    }
    List<String> words = Words.split(rule);
    if (words.size() < 2 || !words.getFirst().equals("-A")) {
      throw new RuleSyntaxException("expected -A CHAIN RULE, got: " + line);
    }
    String chain = words.get(1);
    List<List<String>> known = lines.get(chain);
    if (known == null) {
      throw new RuleSyntaxException("the chain " + chain + " was not declared");
    }
    String text = rule.substring(rule.indexOf(chain, 2) + chain.length()).strip();
    List<String> kept = new ArrayList<>(words.subList(1, words.size()));
    kept.set(0, text);
    known.add(kept);
  }

  /** Reads the rules now that all chains are known, which rules before may jump to. */
  private void commit(String name) {
    if (!name.equals("raw") && !name.equals("mangle")) {
      return;
    }
    lines.forEach(
        (chain, texts) -> {
          List<Rule> read = new ArrayList<>();
          for (List<String> words : texts) {
            List<String> specification = words.subList(1, words.size());
            read.addAll(
                RuleParser.listed(words.getFirst(), specification, family, lines::containsKey));
          }
          rules.put(chain, read);
        });
    List<Chain> chains = new ArrayList<>();
    policies.forEach(
        (chain, policy) ->
            chains.add(
                new Chain(
                    chain,
                    policy.equals("-") ? Optional.empty() : hook(name, chain),
                    policy.equals("DROP"),
                    rules.getOrDefault(chain, List.of()))));
    relevant(tableName(family, name), family, chains).ifPresent(tables::add);
  }

  static String tableName(Family family, String name) {
    return (family == Family.IPV4 ? "ip " : "ip6 ") + name;
  }

  private static Optional<Hook> hook(String table, String chain) {
    int priority = table.equals("raw") ? RAW : MANGLE;
    return switch (chain) {
      case "PREROUTING" -> Optional.of(new Hook(Point.PREROUTING, priority));
      case "INPUT" -> Optional.of(new Hook(Point.INPUT, priority));
      default -> Optional.empty();
    };
  }

  /** A table with only the chains that packets reach; empty if it could do nothing to any. */
  static Optional<RuleTable> relevant(String name, Family family, List<Chain> chains) {
    RuleTable table = new RuleTable(name, Set.of(family), chains).reachable();
    boolean idle =
        table.chains().stream()
            .noneMatch(chain -> !chain.rules().isEmpty() || chain.dropsByDefault());
    return idle ? Optional.empty() : Optional.of(table);
  }
}
