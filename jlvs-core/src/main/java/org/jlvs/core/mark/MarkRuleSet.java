package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.engine.MarkReport;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The host's mark rules, ready to be asked: netfilter's evaluation ({@code ipt_do_table}, {@code
 * nft_do_chain}) in memory. The rules never change; a changed host gets a new instance. One thread
 * asks, without allocation; any thread may list, and sees hit counts of a moment ago.
 *
 * <p>A packet asked about is taken for the first of its flow: its connection is new and has mark 0.
 */
public final class MarkRuleSet implements MarkRules {
  /**
   * Rules that one packet may pass. Chains that jump to one another without a loop can still take
   * exponential time.
   */
  private static final int MAX_STEPS = 100_000;

  /** Priority of connection tracking ({@code NF_IP_PRI_CONNTRACK}). */
  private static final int TRACKING = -200;

  /** No rules. */
  public static final MarkRuleSet EMPTY = new MarkRuleSet(List.of(), HostFacts.NONE);

  private enum Verdict {
    ACCEPT,
    DROP
  }

  private enum Operation {
    SET_MARK,
    SET_CONNECTION_MARK,
    SAVE_MARK,
    RESTORE_MARK,
    ACCEPT,
    DROP,
    RETURN,
    JUMP,
    GO_TO,
    NOTHING
  }

  /** An action; {@code a} and {@code b} are its operands in the order of its record. */
  private record Step(Operation operation, int a, int b) {
    boolean needsConnection() {
      return operation == Operation.SET_CONNECTION_MARK
          || operation == Operation.SAVE_MARK
          || operation == Operation.RESTORE_MARK;
    }
  }

  private static final class CompiledRule {
    final Match[] matches;
    final Step[] steps;
    long hits;

    CompiledRule(List<Match> matches, Step[] steps) {
      this.matches = matches.toArray(Match[]::new);
      this.steps = steps;
    }

    /** Whether it can change the mark, or what becomes of the packet. */
    boolean touchesMark() {
      for (Step step : steps) {
        switch (step.operation) {
          case SET_MARK, RESTORE_MARK, DROP -> {
            return true;
          }
          default -> {}
        }
      }
      return false;
    }

    boolean matches(Evaluation packet) {
      for (Match match : matches) {
        if (!match.matches(packet)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * @param dropsByDefault the policy of a base chain
   * @param beforeTracking whether packets pass it, a base chain, before connection tracking
   */
  private record CompiledChain(
      CompiledRule[] rules, boolean dropsByDefault, boolean beforeTracking) {}

  private final List<RuleTable> tables;
  private final HostFacts host;
  private final CompiledChain[] chains;
  private final int[] ipv4Entries;
  private final int[] ipv6Entries;
  private final List<RuleReport> reports = new ArrayList<>();
  private final List<CompiledRule> reported = new ArrayList<>();
  private final List<Interest> interests;
  private final boolean marksFlows;

  private final Evaluation evaluation = new Evaluation();
  private final int[] callers;
  private final int[] callerRules;
  private long dropped;
  private long abandoned;

  private record Entry(Chain.Hook hook, int chain, Set<Family> families) {}

  /**
   * Prepares rules for asking.
   *
   * @param tables in the order in which base chains of the same hook run
   */
  public MarkRuleSet(List<RuleTable> tables, HostFacts host) {
    this.tables = List.copyOf(tables);
    this.host = host;
    List<CompiledChain> compiled = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    for (RuleTable table : tables) {
      int base = compiled.size();
      Map<String, Integer> numbers = new HashMap<>();
      for (int i = 0; i < table.chains().size(); i++) {
        numbers.put(table.chains().get(i).name(), base + i);
      }
      Set<String> looping = ChainLoops.of(table.chains());
      for (Chain chain : table.chains()) {
        chain
            .hook()
            .ifPresent(hook -> entries.add(new Entry(hook, compiled.size(), table.families())));
        compiled.add(compile(table, chain, numbers, looping));
      }
    }
    chains = compiled.toArray(CompiledChain[]::new);
    callers = new int[chains.length];
    callerRules = new int[chains.length];
    entries.sort(Comparator.comparing(Entry::hook));
    ipv4Entries = entriesOf(Family.IPV4, entries);
    ipv6Entries = entriesOf(Family.IPV6, entries);
    interests = InterestFinder.find(this.tables, host);
    marksFlows = markFlows(this.tables);
  }

  private static int[] entriesOf(Family family, List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.families.contains(family))
        .mapToInt(Entry::chain)
        .toArray();
  }

  private CompiledChain compile(
      RuleTable table, Chain chain, Map<String, Integer> numbers, Set<String> looping) {
    List<CompiledRule> rules = new ArrayList<>();
    for (int i = 0; i < chain.rules().size(); i++) {
      Rule rule = chain.rules().get(i);
      Optional<String> reason = reasonNotToEvaluate(rule, chain, numbers, looping);
      CompiledRule compiled;
      if (reason.isEmpty() && rule instanceof Rule.Translated translated) {
        Step[] steps =
            translated.actions().stream().map(a -> step(a, numbers)).toArray(Step[]::new);
        compiled = new CompiledRule(translated.matches(), steps);
      } else {
        compiled = new CompiledRule(List.of(new Match.Always(false)), new Step[0]);
      }
      rules.add(compiled);
      reported.add(compiled);
      List<Action> actions =
          reason.isEmpty() && rule instanceof Rule.Translated translated
              ? translated.actions()
              : List.of();
      reports.add(
          new RuleReport(
              table.name(),
              table.families(),
              chain.name(),
              i + 1,
              rule.text(),
              actions,
              0,
              reason));
    }
    boolean beforeTracking =
        chain
            .hook()
            .filter(hook -> hook.point() == Chain.Point.PREROUTING && hook.priority() < TRACKING)
            .isPresent();
    return new CompiledChain(
        rules.toArray(CompiledRule[]::new), chain.dropsByDefault(), beforeTracking);
  }

  private Optional<String> reasonNotToEvaluate(
      Rule rule, Chain chain, Map<String, Integer> numbers, Set<String> looping) {
    if (!(rule instanceof Rule.Translated translated)) {
      return Optional.of(((Rule.Unsupported) rule).reason());
    }
    for (Action action : translated.actions()) {
      Optional<String> target = ChainLoops.target(action);
      if (target.isPresent() && !numbers.containsKey(target.get())) {
        return Optional.of("chain " + target.get() + " does not exist");
      }
      if (target.isPresent() && looping.contains(chain.name()) && looping.contains(target.get())) {
        return Optional.of("chain " + target.get() + " leads back to itself");
      }
    }
    for (Match match : translated.matches()) {
      if (match instanceof Match.InSet set) {
        HostFacts.@Nullable IpSet known = host.ipSet(set.name());
        Optional<String> reason =
            known == null
                ? Optional.of(host.whyNoIpSet(set.name()))
                : known
                    .unreadable()
                    .map(why -> "the set " + set.name() + " can't be asked: " + why);
        if (reason.isPresent()) {
          return reason;
        }
      }
    }
    return Optional.empty();
  }

  private static Step step(Action action, Map<String, Integer> numbers) {
    return switch (action) {
      case Action.SetMark(int clear, int xor) -> new Step(Operation.SET_MARK, clear, xor);
      case Action.SetConnectionMark(int clear, int xor) ->
          new Step(Operation.SET_CONNECTION_MARK, clear, xor);
      case Action.SaveMark(int packet, int connection) ->
          new Step(Operation.SAVE_MARK, packet, connection);
      case Action.RestoreMark(int packet, int connection) ->
          new Step(Operation.RESTORE_MARK, packet, connection);
      case Action.Accept() -> new Step(Operation.ACCEPT, 0, 0);
      case Action.Drop() -> new Step(Operation.DROP, 0, 0);
      case Action.Return() -> new Step(Operation.RETURN, 0, 0);
      case Action.Jump(String chain) -> new Step(Operation.JUMP, numbers.getOrDefault(chain, 0), 0);
      case Action.GoTo(String chain) ->
          new Step(Operation.GO_TO, numbers.getOrDefault(chain, 0), 0);
      case Action.Nothing() -> new Step(Operation.NOTHING, 0, 0);
    };
  }

  /** The mark of a flow's first packet; 0 when it gets none or the rules drop it. */
  @Override
  public int mark(Flow flow) {
    evaluation.start(flow, host);
    for (int entry : flow.family == Family.IPV4 ? ipv4Entries : ipv6Entries) {
      if (run(entry, evaluation) == Verdict.DROP) {
        dropped++;
        return 0;
      }
    }
    return evaluation.mark;
  }

  /** As {@link #mark}, with the rules that set the mark; no hit is counted. */
  @Override
  public MarkReport explain(Flow flow) {
    Evaluation packet = new Evaluation();
    packet.start(flow, host);
    List<CompiledRule> passed = new ArrayList<>();
    for (int entry : flow.family == Family.IPV4 ? ipv4Entries : ipv6Entries) {
      if (run(entry, packet, passed) == Verdict.DROP) {
        return new MarkReport(0, texts(passed), true);
      }
    }
    return new MarkReport(packet.mark, packet.mark == 0 ? List.of() : texts(passed), false);
  }

  private List<String> texts(List<CompiledRule> passed) {
    return passed.stream()
        .filter(CompiledRule::touchesMark)
        .map(rule -> reports.get(reported.indexOf(rule)))
        .map(report -> report.table() + " " + report.text())
        .toList();
  }

  private Verdict run(int entry, Evaluation packet) {
    return run(entry, packet, null);
  }

  /**
   * @param passed where rules that match are put; null to count them instead
   */
  private Verdict run(int entry, Evaluation packet, @Nullable List<CompiledRule> passed) {
    Verdict policy = chains[entry].dropsByDefault ? Verdict.DROP : Verdict.ACCEPT;
    packet.tracked = !chains[entry].beforeTracking;
    int depth = 0;
    int chain = entry;
    int at = 0;
    for (int steps = 0; steps < MAX_STEPS; steps++) {
      CompiledRule[] rules = chains[chain].rules;
      int goOn = at + 1;
      boolean back = at >= rules.length;
      if (!back && rules[at].matches(packet)) {
        if (passed == null) {
          rules[at].hits++;
        } else {
          passed.add(rules[at]);
        }
        for (Step step : rules[at].steps) {
          if (!packet.tracked && step.needsConnection()) {
            // The rule ends here, as nft's NFT_BREAK and CONNMARK's XT_CONTINUE say.
            break;
          }
          switch (step.operation) {
            case SET_MARK -> packet.mark = packet.mark & ~step.a ^ step.b;
            case SET_CONNECTION_MARK ->
                packet.connectionMark = packet.connectionMark & ~step.a ^ step.b;
            case SAVE_MARK ->
                packet.connectionMark = packet.connectionMark & ~step.b ^ packet.mark & step.a;
            case RESTORE_MARK ->
                packet.mark = packet.mark & ~step.a ^ packet.connectionMark & step.b;
            case ACCEPT -> {
              return Verdict.ACCEPT;
            }
            case DROP -> {
              return Verdict.DROP;
            }
            case RETURN -> back = true;
            case JUMP -> {
              callers[depth] = chain;
              callerRules[depth++] = goOn;
              chain = step.a;
              goOn = 0;
            }
            case GO_TO -> {
              chain = step.a;
              goOn = 0;
            }
            case NOTHING -> {}
          }
        }
      }
      if (back) {
        if (depth == 0) {
          return policy;
        }
        chain = callers[--depth];
        goOn = callerRules[depth];
      }
      at = goOn;
    }
    if (passed == null) {
      abandoned++;
    }
    packet.mark = 0;
    return Verdict.ACCEPT;
  }

  /**
   * Goes on counting where other rules left off, for each rule that is in both. To be called on the
   * thread that asks.
   */
  public void continueCounts(MarkRuleSet before) {
    Map<List<Object>, Long> counts = new HashMap<>();
    List<List<Object>> theirs = before.ruleKeys();
    for (int i = 0; i < theirs.size(); i++) {
      counts.put(theirs.get(i), before.reported.get(i).hits);
    }
    List<List<Object>> ours = ruleKeys();
    for (int i = 0; i < ours.size(); i++) {
      reported.get(i).hits = counts.getOrDefault(ours.get(i), 0L);
    }
    dropped = before.dropped;
    abandoned = before.abandoned;
  }

  /** What makes rules the same: table, chain, text, and which one of those it is. */
  private List<List<Object>> ruleKeys() {
    List<List<Object>> keys = new ArrayList<>();
    Map<List<Object>, Integer> counts = new HashMap<>();
    for (RuleReport report : reports) {
      List<Object> rule = List.of(report.table, report.chain, report.text);
      keys.add(List.of(rule, counts.merge(rule, 1, Integer::sum)));
    }
    return keys;
  }

  /** The rules that this was made of. */
  public List<RuleTable> tables() {
    return tables;
  }

  /** Each rule, in the order of the tables, with what became of it. */
  public List<RuleReport> rules() {
    List<RuleReport> now = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      now.add(reports.get(i).withHits(reported.get(i).hits));
    }
    return now;
  }

  /** The names of the sets of {@code ipset} that rules ask. */
  public static Set<String> setsAsked(List<RuleTable> tables) {
    Set<String> names = new TreeSet<>();
    for (RuleTable table : tables) {
      for (Chain chain : table.chains()) {
        for (Rule rule : chain.rules()) {
          if (rule instanceof Rule.Translated translated) {
            for (Match match : translated.matches()) {
              if (match instanceof Match.InSet set) {
                names.add(set.name());
              }
            }
          }
        }
      }
    }
    return names;
  }

  /** The rules that are treated as matching nothing because they can't be evaluated. */
  public List<RuleReport> unsupported() {
    return reports.stream().filter(report -> report.unsupported().isPresent()).toList();
  }

  /** The values that rules set bits of the mark to, ascending as unsigned numbers, without 0. */
  public List<Integer> marksSet() {
    Set<Integer> marks = new TreeSet<>(Integer::compareUnsigned);
    for (RuleTable table : tables) {
      for (Chain chain : table.chains()) {
        for (Rule rule : chain.rules()) {
          if (rule instanceof Rule.Translated translated) {
            for (Action action : translated.actions()) {
              if (action instanceof Action.SetMark set && set.xor() != 0) {
                marks.add(set.xor());
              }
            }
          }
        }
      }
    }
    return List.copyOf(marks);
  }

  /**
   * A superset of the packets that get a mark other than 0 and that the director could schedule.
   * Exact for rules that name single destinations, protocols and up to {@value
   * InterestFinder#MAX_VALUES} ports; what is negated, wider, or of another kind counts as any.
   */
  public List<Interest> interests() {
    return interests;
  }

  /**
   * Lengths, traffic classes and hop limits alone differ among the packets of a flow; of TCP those
   * with SYN come to be marked.
   */
  @Override
  public boolean markFlows() {
    return marksFlows;
  }

  private static boolean markFlows(List<RuleTable> tables) {
    return tables.stream()
        .flatMap(table -> table.chains().stream())
        .flatMap(chain -> chain.rules().stream())
        .noneMatch(
            rule -> rule instanceof Rule.Translated translated && differsWithinFlows(translated));
  }

  private static boolean differsWithinFlows(Rule.Translated rule) {
    return rule.matches().stream().anyMatch(MarkRuleSet::differsWithinFlows);
  }

  private static boolean differsWithinFlows(Match match) {
    return match instanceof Match.Length
        || match instanceof Match.HopLimit
        || match instanceof Match.TrafficClass
        || match instanceof Match.AnyOf(List<Match> conditions)
            && conditions.stream().anyMatch(MarkRuleSet::differsWithinFlows);
  }

  /** Packets that a rule or a policy dropped. They got no mark. */
  public long dropped() {
    return dropped;
  }

  /** Packets given up, without a mark, because they passed more than {@value #MAX_STEPS} rules. */
  public long abandoned() {
    return abandoned;
  }

  /**
   * A rule with what became of it.
   *
   * @param families whose packets it sees
   * @param number its place in the chain, 1 is the first
   * @param actions what it does; none when it can't be evaluated
   * @param hits packets it matched, of those asked about
   * @param unsupported why it can't be evaluated; empty when it is
   */
  public record RuleReport(
      String table,
      Set<Family> families,
      String chain,
      int number,
      String text,
      List<Action> actions,
      long hits,
      Optional<String> unsupported) {
    public RuleReport {
      families = Set.copyOf(families);
      actions = List.copyOf(actions);
    }

    RuleReport withHits(long count) {
      return new RuleReport(table, families, chain, number, text, actions, count, unsupported);
    }

    /** Whether the rule may give packets of a family this mark, alone or with other rules. */
    public boolean mayGive(int mark, Family family) {
      return families.contains(family)
          && actions.stream()
              .anyMatch(
                  action ->
                      switch (action) {
                        case Action.SetMark(int clear, int xor) -> fits(mark, clear, xor);
                        case Action.SetConnectionMark(int clear, int xor) -> fits(mark, clear, xor);
                        case Action.SaveMark _,
                            Action.RestoreMark _,
                            Action.Accept _,
                            Action.Drop _,
                            Action.Return _,
                            Action.Jump _,
                            Action.GoTo _,
                            Action.Nothing _ ->
                            false;
                      });
    }

    /** Whether the mark has the bits that are set; bits that are only turned round may be any. */
    private static boolean fits(int mark, int clear, int xor) {
      return xor != 0 && (mark & clear) == (xor & clear);
    }
  }
}
