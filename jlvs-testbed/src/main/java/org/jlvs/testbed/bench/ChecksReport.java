package org.jlvs.testbed.bench;

import org.jlvs.testbed.bench.ChecksBench.Mass;
import org.jlvs.testbed.bench.ChecksBench.Measured;
import org.jlvs.testbed.bench.ChecksBench.Memory;
import org.jlvs.testbed.bench.ChecksBench.Work;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code ./jlvs bench checks} found, as a table or as JSON. */
record ChecksReport(Measured measured) {

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        Checks by HTTP, each server every second (checkinterval=1, checktimeout=1), on loopback
        %s, %d processors, load %.1f; Linux %s

        monitor                servers checks/s   late  longest gap  processor  µs/check  memory
        """
            .formatted(
                Processor.model(),
                Runtime.getRuntime().availableProcessors(),
                measured.load(),
                System.getProperty("os.version")));
    append(table, measured.work());
    measured.original().ifPresent(original -> append(table, original));
    Work work = measured.work();
    table.append(
        """
        processor: seconds a second; beside it the servers took %.2f and the director %.2f
        late: more than a tenth of the interval, as the servers see it

        From the start until all servers were in the table: %.1f s
        From the end of a server until the table says so, ms (%d removals):
          p50 %.0f, p99 %.0f, most %.0f; checkinterval + checktimeout + 100 ms is 2100

        event                                      seconds  batches  changes
        """
            .formatted(
                work.serversProcessorSeconds() / work.seconds(),
                work.directorProcessorSeconds() / work.seconds(),
                measured.startSeconds(),
                measured.removals().values().size(),
                measured.removals().median(),
                measured.removals().percentile(99),
                measured.removals().most()));
    for (Mass mass : measured.masses()) {
      table.append(
          "%-42s %7.2f %8d %8d\n"
              .formatted(mass.event(), mass.seconds(), mass.batches(), mass.changes()));
    }
    for (Memory memory : measured.soak()) {
      table.append(
          "%smemory after %.0f min and %d random failures: %d MB\n"
              .formatted(
                  memory.minutes() == 0 ? "\n" : "",
                  memory.minutes(),
                  memory.failures(),
                  memory.kilobytes() / 1024));
    }
    return table.toString();
  }

  private static void append(StringBuilder table, Work work) {
    double processor = work.processorSeconds() / work.seconds();
    table.append(
        "%-22s %7d %8.0f %6d %9d ms %10.2f %9.0f %4d MB\n"
            .formatted(
                work.monitor(),
                work.servers(),
                work.checks() / work.seconds(),
                work.late(),
                work.longestMillis(),
                processor,
                1e6 * work.processorSeconds() / Math.max(1, work.checks()),
                work.residentKilobytes() / 1024));
  }

  String json() {
    ObjectNode report = JsonMapper.shared().createObjectNode();
    report.put("benchmark", "checks");
    report.put("processor", Processor.model());
    report.put("kernel", System.getProperty("os.version"));
    report.put("load", measured.load());
    report.put("start_seconds", measured.startSeconds());
    ArrayNode monitors = report.putArray("monitors");
    add(monitors.addObject(), measured.work());
    measured.original().ifPresent(original -> add(monitors.addObject(), original));
    ArrayNode removals = report.putArray("removals_milliseconds");
    measured.removals().values().forEach(removals::add);
    ArrayNode events = report.putArray("events");
    for (Mass mass : measured.masses()) {
      ObjectNode node = events.addObject();
      node.put("event", mass.event());
      node.put("seconds", mass.seconds());
      node.put("batches", mass.batches());
      node.put("changes", mass.changes());
    }
    ArrayNode soak = report.putArray("soak");
    for (Memory memory : measured.soak()) {
      ObjectNode node = soak.addObject();
      node.put("minutes", memory.minutes());
      node.put("failures", memory.failures());
      node.put("kilobytes", memory.kilobytes());
    }
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n";
  }

  private static void add(ObjectNode node, Work work) {
    node.put("monitor", work.monitor());
    node.put("servers", work.servers());
    node.put("seconds", work.seconds());
    node.put("checks", work.checks());
    node.put("late", work.late());
    node.put("longest_gap_milliseconds", work.longestMillis());
    node.put("processor_seconds", work.processorSeconds());
    node.put("servers_processor_seconds", work.serversProcessorSeconds());
    node.put("director_processor_seconds", work.directorProcessorSeconds());
    node.put("resident_kilobytes", work.residentKilobytes());
  }
}
