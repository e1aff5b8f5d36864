package org.jlvs.server.marks;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.MarkRuleSet.RuleReport;
import org.jlvs.core.net.Family;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The mark rules in force as people and scripts read them.
 *
 * @param services those that go by marks, in their order
 * @param problems why rules could not be read
 */
record MarksView(
    List<RuleReport> rules,
    List<ServiceKey.Mark> services,
    long dropped,
    long abandoned,
    List<String> problems) {
  private static final String GOOD = "32";
  private static final String BAD = "31";
  private static final String STRONG = "1";
  private static final String INDENT = "           ";

  static MarksView of(MarkRuleSet rules, List<ServiceKey.Mark> services, List<String> problems) {
    return new MarksView(rules.rules(), services, rules.dropped(), rules.abandoned(), problems);
  }

  /** As ipvsadm takes the service: {@code -f 10} or {@code -f 10 -6}. */
  private static String name(ServiceKey.Mark service) {
    return "-f "
        + Integer.toUnsignedString(service.mark())
        + (service.family() == Family.IPV6 ? " -6" : "");
  }

  private List<String> usedBy(RuleReport rule) {
    return services.stream()
        .filter(service -> rule.mayGive(service.mark(), service.family()))
        .map(MarksView::name)
        .toList();
  }

  private List<String> servicesWithoutRule() {
    return services.stream()
        .filter(
            service ->
                rules.stream().noneMatch(rule -> rule.mayGive(service.mark(), service.family())))
        .map(MarksView::name)
        .toList();
  }

  /** A line for each rule, under its chain, and what there is to say about it. */
  String text(boolean colour) {
    List<String> lines = new ArrayList<>();
    if (rules.isEmpty()) {
      lines.add("no rule marks packets");
    } else {
      lines.add(paint(colour, STRONG, "      Hits Rule"));
    }
    String chain = "";
    for (RuleReport rule : rules) {
      String its = MarkCommand.isOwn(rule) ? rule.table() : rule.table() + " " + rule.chain();
      if (!its.equals(chain)) {
        String origin = MarkCommand.isOwn(rule) ? " (jlvs mark)" : "";
        lines.add(paint(colour, STRONG, its + origin + ":"));
        chain = its;
      }
      lines.add("%10d %s".formatted(rule.hits(), rule.text()));
      List<String> users = usedBy(rule);
      if (!users.isEmpty()) {
        lines.add(INDENT + paint(colour, GOOD, "used by " + String.join(", ", users)));
      }
      rule.unsupported()
          .ifPresent(reason -> lines.add(INDENT + paint(colour, BAD, "not evaluated: " + reason)));
    }
    servicesWithoutRule()
        .forEach(
            service ->
                lines.add(paint(colour, BAD, "service " + service + ": no rule gives its mark")));
    if (dropped > 0) {
      lines.add("%d packets were dropped by rules, and got no mark".formatted(dropped));
    }
    if (abandoned > 0) {
      lines.add(
          paint(
              colour, BAD, "%d packets met too many rules, and got no mark".formatted(abandoned)));
    }
    problems.forEach(problem -> lines.add(paint(colour, BAD, "problem: " + problem)));
    return String.join("\n", lines) + "\n";
  }

  private static String paint(boolean colour, String style, String text) {
    return colour ? "\u001b[" + style + "m" + text + "\u001b[0m" : text;
  }

  /** An object with the rules, the services without a rule, and the problems. */
  String json() {
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode all = mapper.createObjectNode();
    ArrayNode list = all.putArray("rules");
    for (RuleReport rule : rules) {
      ObjectNode one = list.addObject();
      one.put("table", rule.table()).put("chain", rule.chain()).put("number", rule.number());
      one.put("own", MarkCommand.isOwn(rule)).put("rule", rule.text()).put("hits", rule.hits());
      ArrayNode users = one.putArray("services");
      usedBy(rule).forEach(users::add);
      rule.unsupported().ifPresent(reason -> one.put("notEvaluated", reason));
    }
    ArrayNode without = all.putArray("servicesWithoutRule");
    servicesWithoutRule().forEach(without::add);
    all.put("dropped", dropped).put("abandoned", abandoned);
    ArrayNode wrong = all.putArray("problems");
    problems.forEach(wrong::add);
    return all.toPrettyString() + "\n";
  }
}
