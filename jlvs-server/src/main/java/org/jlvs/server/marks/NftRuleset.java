package org.jlvs.server.marks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.Chain;
import org.jlvs.core.mark.Chain.Hook;
import org.jlvs.core.mark.Chain.Point;
import org.jlvs.core.mark.Rule;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.mark.RuleTable;
import org.jlvs.core.net.Family;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what {@code nft -j list ruleset} prints (libnftables-json(5)): of the tables of the
 * families ip, ip6 and inet the chains that a packet passes before the director.
 */
final class NftRuleset {
  /** IPVS takes packets behind the chains of INPUT up to here ({@code NF_IP_PRI_NAT_SRC - 2}). */
  private static final int DIRECTOR = 98;

  private static final JsonMapper JSON = JsonMapper.shared();

  private record TableKey(String family, String name) {}

  private record ChainKey(TableKey table, String name) {}

  private final Map<TableKey, Map<String, JsonNode>> sets = new HashMap<>();
  private final Map<TableKey, List<ChainKey>> tables = new LinkedHashMap<>();
  private final Map<ChainKey, JsonNode> chains = new HashMap<>();
  private final Map<ChainKey, List<JsonNode>> rules = new HashMap<>();

  private NftRuleset() {}

  /**
   * Reads a listing. Tables without rules that matter here are left out.
   *
   * @param listedElsewhere base chains to leave out, as {@code "ip mangle PREROUTING"}
   * @param texts what an operator knows the rules by; see {@link NftTexts}
   * @throws RuleSyntaxException if the text is no such listing; rules that can't be evaluated are
   *     no such error but {@link Rule.Unsupported}
   */
  static List<RuleTable> parse(String json, Set<String> listedElsewhere, NftTexts texts)
      throws RuleSyntaxException {
    JsonNode all;
    try {
      all = JSON.readTree(json).path("nftables");
    } catch (JacksonException e) {
      throw new RuleSyntaxException("not JSON: " + e.getOriginalMessage(), e);
    }
    if (!all.isArray()) {
      throw new RuleSyntaxException("expected an object with an array \"nftables\"");
    }
    NftRuleset ruleset = new NftRuleset();
    all.forEach(ruleset::collect);
    return ruleset.translate(listedElsewhere, texts);
  }

  private static TableKey tableOf(JsonNode thing) {
    return new TableKey(thing.path("family").asString(""), thing.path("table").asString(""));
  }

  private void collect(JsonNode entry) {
    JsonNode chain = entry.path("chain");
    JsonNode rule = entry.path("rule");
    if (chain.isObject()) {
      ChainKey key = new ChainKey(tableOf(chain), chain.path("name").asString(""));
      chains.put(key, chain);
      tables.computeIfAbsent(key.table, _ -> new ArrayList<>()).add(key);
    } else if (rule.isObject()) {
      ChainKey key = new ChainKey(tableOf(rule), rule.path("chain").asString(""));
      rules.computeIfAbsent(key, _ -> new ArrayList<>()).add(rule);
    } else {
      JsonNode set = entry.path("set").isObject() ? entry.path("set") : entry.path("map");
      if (set.isObject()) {
        sets.computeIfAbsent(tableOf(set), _ -> new HashMap<>())
            .put(
                set.path("name").asString(""),
                set.has("elem") ? set.path("elem") : JSON.createArrayNode());
      }
    }
  }

  private List<RuleTable> translate(Set<String> listedElsewhere, NftTexts texts) {
    List<RuleTable> translated = new ArrayList<>();
    tables.forEach(
        (table, keys) -> {
          String name = table.family + " " + table.name;
          Set<Family> families = families(table.family);
          if (families.isEmpty()) {
            return;
          }
          NftRule reader = new NftRule(sets.getOrDefault(table, Map.of()));
          List<Chain> read = new ArrayList<>();
          for (ChainKey key : keys) {
            Chain chain = chain(key, reader, name, texts);
            boolean elsewhere = listedElsewhere.contains(name + " " + key.name);
            read.add(
                elsewhere
                    ? new Chain(chain.name(), Optional.empty(), false, chain.rules())
                    : chain);
          }
          RuleTable reachable = new RuleTable(name, families, read).reachable();
          if (reachable.chains().stream()
              .anyMatch(c -> !c.rules().isEmpty() || c.dropsByDefault())) {
            translated.add(reachable);
          }
        });
    return translated;
  }

  private static Set<Family> families(String family) {
    return switch (family) {
      case "ip" -> Set.of(Family.IPV4);
      case "ip6" -> Set.of(Family.IPV6);
      case "inet" -> Set.of(Family.IPV4, Family.IPV6);
      default -> Set.of();
    };
  }

  private Chain chain(ChainKey key, NftRule reader, String table, NftTexts texts) {
    JsonNode chain = chains.getOrDefault(key, JSON.nullNode());
    List<Rule> read = new ArrayList<>();
    for (JsonNode rule : rules.getOrDefault(key, List.of())) {
      JsonNode expressions = rule.path("expr");
      String text = texts.of(table, rule.path("handle").asLong(0)).orElseGet(expressions::toString);
      read.addAll(reader.translate(text, expressions));
    }
    return new Chain(key.name, hook(chain), chain.path("policy").asString("").equals("drop"), read);
  }

  private static Optional<Hook> hook(JsonNode chain) {
    int priority = chain.path("prio").asInt(0);
    if (!chain.path("type").asString("").equals("filter")) {
      return Optional.empty();
    }
    return switch (chain.path("hook").asString("")) {
      case "prerouting" -> Optional.of(new Hook(Point.PREROUTING, priority));
      case "input" ->
          priority < DIRECTOR ? Optional.of(new Hook(Point.INPUT, priority)) : Optional.empty();
      default -> Optional.empty();
    };
  }
}
