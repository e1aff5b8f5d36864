package org.jlvs.server.marks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jlvs.core.mark.Action;
import org.jlvs.core.mark.Match;
import org.jlvs.core.mark.Rule;
import tools.jackson.databind.JsonNode;

/**
 * Translates rules of one table of nft. A rule that looks something up in a map, or compares
 * several fields at once with a set, becomes one rule for each element.
 */
final class NftRule {
  /** Most elements that become rules of their own. */
  private static final int MAX_BRANCHES = 1024;

  /** Statements that change neither a mark nor the way through the rules. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("counter", "log", "dup", "continue", "set");

  private static final String CONDITION_BEHIND =
      "a condition behind a change in the same rule can't be evaluated by the director";

  /** Keys of {@code meta} whose change is of no interest to rules and director. */
  private static final Set<String> HARMLESS_META =
      Set.of("priority", "nftrace", "pkttype", "secmark");

  /** What has to match, and what is done then: one of the rules that a rule of nft becomes. */
  private record Branch(List<Match> matches, List<Action> actions) {
    Branch and(List<Match> more) {
      List<Match> all = new ArrayList<>(matches);
      all.addAll(more);
      return new Branch(all, actions);
    }

    Branch then(Action action) {
      List<Action> all = new ArrayList<>(actions);
      all.add(action);
      return new Branch(matches, all);
    }
  }

  private final Map<String, JsonNode> sets;

  /**
   * @param sets elements of the table's named sets and maps
   */
  NftRule(Map<String, JsonNode> sets) {
    this.sets = sets;
  }

  /** The rules that one rule of nft is, or an {@link Rule.Unsupported}. */
  List<Rule> translate(String text, JsonNode expressions) {
    try {
      List<Branch> branches = List.of(new Branch(List.of(), List.of()));
      for (JsonNode statement : expressions) {
        branches = apply(statement, branches);
        if (branches.size() > MAX_BRANCHES) {
          throw new NotTranslatableException(
              "it stands for more than " + MAX_BRANCHES + " single rules");
        }
      }
      return branches.stream()
          .map(one -> (Rule) new Rule.Translated(text, one.matches, one.actions))
          .toList();
    } catch (NotTranslatableException e) {
      return List.of(
          hasEffect(expressions)
              ? new Rule.Unsupported(text, e.reason())
              : new Rule.Translated(text, List.of(new Match.Always(false)), List.of()));
    }
  }

  private static boolean hasEffect(JsonNode expressions) {
    for (JsonNode statement : expressions) {
      String name = name(statement);
      if (!WITHOUT_EFFECT.contains(name) && !name.equals("match") && !name.equals("limit")) {
        return true;
      }
    }
    return false;
  }

  private static String name(JsonNode statement) {
    return statement.isObject() && !statement.isEmpty()
        ? statement.propertyNames().iterator().next()
        : statement.asString("");
  }

  private List<Branch> apply(JsonNode statement, List<Branch> branches)
      throws NotTranslatableException {
    String name = name(statement);
    JsonNode argument = statement.path(name);
    switch (name) {
      case "match" -> {
        return match(argument, branches);
      }
      case "mangle" -> {
        return mangle(argument, branches);
      }
      case "set" -> {
        List<Match> headers = NftField.headersOf(argument.path("elem"));
        if (!headers.isEmpty() && branches.stream().anyMatch(NftRule::changesMarks)) {
          throw new NotTranslatableException(CONDITION_BEHIND);
        }
        return branches.stream().map(branch -> branch.and(headers)).toList();
      }
      case "vmap" -> {
        return lookUp(argument, branches, NftRule::verdict);
      }
      default -> {
        Action action = verdict(statement);
        return branches.stream().map(branch -> branch.then(action)).toList();
      }
    }
  }

  /** A verdict or a statement without effect. */
  private static Action verdict(JsonNode statement) throws NotTranslatableException {
    String name = name(statement);
    String chain = statement.path(name).path("target").asString("");
    return switch (name) {
      case "accept" -> new Action.Accept();
      case "drop", "reject" -> new Action.Drop();
      case "return" -> new Action.Return();
      case "jump" -> new Action.Jump(chain);
      case "goto" -> new Action.GoTo(chain);
      case "xt" ->
          throw new NotTranslatableException(
              "iptables' "
                  + statement.path(name).path("type").asString("extension")
                  + " "
                  + statement.path(name).path("name").asString("")
                  + " in a table of nft can't be evaluated by the director");
      default -> {
        if (WITHOUT_EFFECT.contains(name)) {
          yield new Action.Nothing();
        }
        throw new NotTranslatableException(
            "the statement \"" + name + "\" can't be evaluated by the director");
      }
    };
  }

  private static boolean changesMarks(Branch branch) {
    return branch.actions.stream().anyMatch(action -> !(action instanceof Action.Nothing));
  }

  private List<Branch> match(JsonNode match, List<Branch> branches)
      throws NotTranslatableException {
    if (branches.stream().anyMatch(NftRule::changesMarks)) {
      throw new NotTranslatableException(CONDITION_BEHIND);
    }
    String operator = match.path("op").asString("==");
    JsonNode left = match.path("left");
    JsonNode right = values(match.path("right"));
    List<Branch> all = new ArrayList<>();
    for (List<Match> one : alternatives(left, operator, right)) {
      branches.forEach(branch -> all.add(branch.and(one)));
    }
    return all;
  }

  /** Each is a way to match; no packet matches two. */
  private static List<List<Match>> alternatives(JsonNode left, String operator, JsonNode right)
      throws NotTranslatableException {
    JsonNode fields = left.path("concat");
    if (!fields.isArray()) {
      return NftField.of(left).compare(operator, right);
    }
    if (!operator.equals("==")) {
      throw new NotTranslatableException(
          "a concatenation with \"" + operator + "\" can't be evaluated by the director");
    }
    List<List<Match>> all = new ArrayList<>();
    for (JsonNode element : NftField.elements(right)) {
      all.addAll(key(left, element));
    }
    return all;
  }

  /** The ways in which a field, or several, have one value. */
  private static List<List<Match>> key(JsonNode left, JsonNode value)
      throws NotTranslatableException {
    JsonNode fields = left.path("concat");
    if (!fields.isArray()) {
      return NftField.of(left).compare("==", value);
    }
    JsonNode parts = value.path("concat");
    if (parts.size() != fields.size()) {
      throw new NotTranslatableException("a concatenation does not fit its set");
    }
    List<List<Match>> ways = List.of(List.of());
    for (int i = 0; i < fields.size(); i++) {
      List<List<Match>> longer = new ArrayList<>();
      for (List<Match> one : NftField.of(fields.get(i)).compare("==", parts.get(i))) {
        for (List<Match> way : ways) {
          List<Match> both = new ArrayList<>(way);
          both.addAll(one);
          longer.add(both);
        }
      }
      ways = longer;
    }
    return ways;
  }

  /** A named set's elements, or the value itself. */
  private JsonNode values(JsonNode right) throws NotTranslatableException {
    String text = right.asString("");
    if (!right.isString() || !text.startsWith("@")) {
      return right;
    }
    JsonNode elements = sets.get(text.substring(1));
    if (elements == null) {
      throw new NotTranslatableException("the set " + text + " is not in the listing");
    }
    return elements;
  }

  private interface Effect {
    Action of(JsonNode value) throws NotTranslatableException;
  }

  /** Looks a field up in a map: a branch for each element, with what {@code effect} makes of it. */
  private List<Branch> lookUp(JsonNode map, List<Branch> branches, Effect effect)
      throws NotTranslatableException {
    JsonNode left = map.path("key");
    if (left.toString().contains("\"mark\"")) {
      throw new NotTranslatableException("a map of marks can't be evaluated by the director");
    }
    List<Branch> all = new ArrayList<>();
    for (JsonNode pair : NftField.elements(values(map.path("data")))) {
      JsonNode key = pair.path(0).path("elem").path("val");
      Action action = effect.of(pair.path(1));
      for (List<Match> way : key(left, key.isMissingNode() ? pair.path(0) : key)) {
        branches.forEach(branch -> all.add(branch.and(way).then(action)));
      }
    }
    return all;
  }

  private List<Branch> mangle(JsonNode mangle, List<Branch> branches)
      throws NotTranslatableException {
    JsonNode key = mangle.path("key");
    String meta = key.path("meta").path("key").asString("");
    String connection = key.path("ct").path("key").asString("");
    JsonNode value = mangle.path("value");
    if (HARMLESS_META.contains(meta)) {
      return branches.stream().map(branch -> branch.then(new Action.Nothing())).toList();
    }
    if (!meta.equals("mark") && !connection.equals("mark")) {
      throw new NotTranslatableException(
          "a change of \"" + NftWords.of(key) + "\" can't be evaluated by the director");
    }
    boolean ofConnection = meta.isEmpty();
    JsonNode map = value.path("map");
    if (map.isObject()) {
      return lookUp(map, branches, one -> setMark(ofConnection, one));
    }
    Action action = setMark(ofConnection, value);
    return branches.stream().map(branch -> branch.then(action)).toList();
  }

  private static Action setMark(boolean ofConnection, JsonNode value)
      throws NotTranslatableException {
    NftMarkValue mark = NftMarkValue.of(value);
    return switch (mark.source()) {
      case NONE ->
          ofConnection
              ? new Action.SetConnectionMark(-1, mark.xor())
              : new Action.SetMark(-1, mark.xor());
      case PACKET ->
          ofConnection
              ? saved(mark, new Action.SaveMark(mark.and(), -1))
              : new Action.SetMark(~mark.and(), mark.xor());
      case CONNECTION ->
          ofConnection
              ? new Action.SetConnectionMark(~mark.and(), mark.xor())
              : saved(mark, new Action.RestoreMark(-1, mark.and()));
    };
  }

  private static Action saved(NftMarkValue mark, Action copy) throws NotTranslatableException {
    if (mark.xor() != 0) {
      throw new NotTranslatableException(
          "a mark copied with bits added can't be evaluated by the director");
    }
    return copy;
  }
}
