package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.Chain.Hook;
import org.jlvs.core.mark.Chain.Point;
import org.jlvs.core.net.Family;

/**
 * Mark rules that the director itself is given, for hosts without netfilter: one list for both
 * families, written with iptables' matches. They come after all of the host's own rules and see the
 * marks that these gave. A change that is refused changes nothing. Mutable; for one thread at a
 * time.
 */
public final class OwnRules {
  /** The chain's name in reports. */
  public static final String CHAIN = "mark";

  private static final int MOST_RULES = 10_000;

  /** A rule of the list. */
  public record OwnRule(Family family, Rule.Translated rule) {}

  private final List<OwnRule> rules = new ArrayList<>();

  /** The rules in their order. */
  public List<OwnRule> list() {
    return List.copyOf(rules);
  }

  /**
   * Adds a rule, or several when it names several addresses.
   *
   * @param words matches and a target as for iptables; without {@code -j} the target is MARK
   * @param place the number that it shall have, 1 is the first; empty for the end
   */
  public void add(Family family, List<String> words, Optional<Integer> place)
      throws RuleSyntaxException {
    List<OwnRule> fresh = parse(family, words);
    int at = place.orElse(rules.size() + 1);
    if (at > rules.size() + 1) {
      throw new RuleSyntaxException(
          "place " + at + " is behind the end: there are " + rules.size() + " rules");
    }
    if (rules.size() + fresh.size() > MOST_RULES) {
      throw new RuleSyntaxException("there are " + rules.size() + " rules, the most possible");
    }
    rules.addAll(at - 1, fresh);
  }

  /** Deletes the rule of a number, 1 is the first. */
  public void delete(int number) throws RuleSyntaxException {
    if (number < 1 || number > rules.size()) {
      throw new RuleSyntaxException(
          "there is no rule " + number + ", 'jlvs mark list' shows the numbers");
    }
    rules.remove(number - 1);
  }

  /** Deletes the first rule like this one, or like each that it stands for. */
  public void delete(Family family, List<String> words) throws RuleSyntaxException {
    List<OwnRule> left = new ArrayList<>(rules);
    for (OwnRule wanted : parse(family, words)) {
      int at = -1;
      for (int i = left.size() - 1; i >= 0; i--) {
        boolean same = left.get(i).rule.text().equals(wanted.rule.text());
        at = same && left.get(i).family == family ? i : at;
      }
      if (at < 0) {
        throw new RuleSyntaxException(
            "there is no rule \"" + wanted.rule.text() + "\", 'jlvs mark list' shows all");
      }
      left.remove(at);
    }
    replaceAll(left);
  }

  /** Replaces all rules by those of a {@link #list}. */
  public void replaceAll(List<OwnRule> others) {
    List<OwnRule> all = List.copyOf(others);
    rules.clear();
    rules.addAll(all);
  }

  private static List<OwnRule> parse(Family family, List<String> given) throws RuleSyntaxException {
    RuleParser parser = new RuleParser(family, _ -> false);
    Words words = new Words(given);
    boolean target = given.stream().anyMatch(OwnRules::isTarget);
    if (!target) {
      parser.option("-j", new Words(List.of("MARK")), false);
    }
    parser.all(words);
    return parser.rules().stream().map(rule -> new OwnRule(family, rule)).toList();
  }

  private static boolean isTarget(String word) {
    return word.startsWith("-j") || word.startsWith("--jump") || word.startsWith("-g");
  }

  /** The rules as tables, for a {@link MarkRuleSet}. */
  public List<RuleTable> tables() {
    List<RuleTable> tables = new ArrayList<>();
    for (Family family : Family.values()) {
      List<Rule> its =
          rules.stream().filter(one -> one.family == family).map(one -> (Rule) one.rule).toList();
      if (!its.isEmpty()) {
        Hook last = new Hook(Point.INPUT, Integer.MAX_VALUE);
        Chain chain = new Chain(CHAIN, Optional.of(last), false, its);
        tables.add(new RuleTable(tableName(family), Set.of(family), List.of(chain)));
      }
    }
    return tables;
  }

  /** The name of a family's table in reports. */
  public static String tableName(Family family) {
    return IptablesSave.tableName(family, "jlvs");
  }

  /** The rules as text, one a line, for {@link #read}. */
  public List<String> lines() {
    return rules.stream()
        .map(one -> (one.family == Family.IPV4 ? "-4 " : "-6 ") + one.rule.text())
        .toList();
  }

  /**
   * Reads what {@link #lines} wrote.
   *
   * @throws RuleSyntaxException with the number of a line that is none
   */
  public static OwnRules read(List<String> lines) throws RuleSyntaxException {
    OwnRules read = new OwnRules();
    for (int i = 0; i < lines.size(); i++) {
      try {
        List<String> words = Words.split(lines.get(i));
        boolean ipv6 = !words.isEmpty() && words.getFirst().equals("-6");
        if (!ipv6 && (words.isEmpty() || !words.getFirst().equals("-4"))) {
          throw new RuleSyntaxException("expected -4 RULE or -6 RULE, got: " + lines.get(i));
        }
        read.add(
            ipv6 ? Family.IPV6 : Family.IPV4, words.subList(1, words.size()), Optional.empty());
      } catch (RuleSyntaxException e) {
        throw new RuleSyntaxException("line " + (i + 1) + ": " + e.reason(), e);
      }
    }
    return read;
  }
}
