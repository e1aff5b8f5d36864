package org.jlvs.testbed.bench;

import java.util.List;
import java.util.function.Function;
import org.jlvs.testbed.bench.MonitorBench.Outcome;
import org.jlvs.testbed.bench.WatchedDirector.Kind;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code ./jlvs bench monitor} found, as a table or as JSON.
 *
 * @param load of the machine when it ended
 */
record MonitorReport(List<Outcome> outcomes, double load) {

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        From an event until the table says so; both monitors watch the same servers at the same time
        checkinterval=1, checktimeout=1, negotiatetimeout=1; %s, %d processors, load %.1f

        seconds, median (least-most)           original ldirectord           jlvs ldirectord         later by
        """
            .formatted(Processor.model(), Runtime.getRuntime().availableProcessors(), load));
    for (Outcome outcome : outcomes) {
      table.append(
          "%-32s %25s %25s %16s\n"
              .formatted(
                  outcome.event(),
                  seconds(outcome.times(Kind.ORIGINAL)),
                  seconds(outcome.times(Kind.JLVS)),
                  later(outcome.later())));
    }
    table.append(
        "%-32s %25.2f %25.2f %16s\n"
            .formatted(
                "mean of all with 3 servers",
                few(outcome -> outcome.times(Kind.ORIGINAL)).mean() / 1e3,
                few(outcome -> outcome.times(Kind.JLVS)).mean() / 1e3,
                later(few(Outcome::later))));
    table.append(
        """

        An event falls anywhere between two checks, so that single turns differ by up to a checkinterval.
        later by: mean of jlvs minus original, turn by turn, ± what chance does in 19 of 20 such runs.
        """);
    return table.toString();
  }

  /** All turns of all events with few servers. */
  private Samples few(Function<Outcome, Samples> samples) {
    return new Samples(
        outcomes.stream()
            .filter(Outcome::few)
            .flatMap(outcome -> samples.apply(outcome).values().stream())
            .toList());
  }

  private static String later(Samples millis) {
    return millis.values().size() == 1
        ? "%+.2f".formatted(millis.mean() / 1e3)
        : "%+.2f ± %.2f".formatted(millis.mean() / 1e3, 2 * millis.standardError() / 1e3);
  }

  private static String seconds(Samples millis) {
    return "%.2f (%.2f-%.2f)"
        .formatted(millis.median() / 1e3, millis.least() / 1e3, millis.most() / 1e3);
  }

  String json() {
    ObjectNode report = JsonMapper.shared().createObjectNode();
    report.put("benchmark", "monitor");
    report.put("processor", Processor.model());
    report.put("load", load);
    ArrayNode events = report.putArray("events");
    for (Outcome outcome : outcomes) {
      ObjectNode node = events.addObject();
      node.put("event", outcome.event());
      for (Kind kind : Kind.values()) {
        ArrayNode millis = node.putArray(kind.words().replace(' ', '_') + "_milliseconds");
        outcome.times(kind).values().forEach(millis::add);
      }
    }
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n";
  }
}
