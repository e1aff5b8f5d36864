package org.jlvs.testbed.bench;

import java.util.List;
import org.jlvs.testbed.bench.CommandsBench.Measured;
import org.jlvs.testbed.bench.CommandsBench.Outcome;
import org.jlvs.testbed.bench.CommandsBench.Streaming;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code ./jlvs bench commands} found, as a table or as JSON. */
record CommandsReport(Measured measured) {

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        Commands, from the start of a process to its end, in turns
        %s, %d processors; Linux %s

        ms                            median    least     most   target
        """
            .formatted(
                Processor.model(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version")));
    append(table, measured.commands());
    table.append(
        """

        %,d services with %d servers each
        """
            .formatted(CommandsBench.SERVICES, CommandsBench.SERVERS_EACH));
    append(table, measured.table());
    Streaming listing = measured.connections();
    table.append(
        """

        jlvs ipvsadm -Lnc of %,d connections, with a Java heap of %d MB: %.1f s
          memory of the command at most %d MB, of the director %d MB before and %d MB after
          another command waited for the director for at most %.0f ms meanwhile

        Without IPVS in the kernel the original ends when it has found that out, before it does what it is told.
        """
            .formatted(
                listing.connections(),
                CommandsBench.CLIENT_HEAP,
                listing.seconds(),
                listing.clientKilobytes() / 1024,
                listing.directorBefore() / 1024,
                listing.directorAfter() / 1024,
                listing.longestWaitMillis()));
    return table.toString();
  }

  private static void append(StringBuilder table, List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      Samples times = outcome.milliseconds();
      table.append(
          "%-27s %8.1f %8.1f %8.1f %8s\n"
              .formatted(
                  outcome.name(),
                  times.median(),
                  times.least(),
                  times.most(),
                  outcome.target().map(String::valueOf).orElse("")));
    }
  }

  String json() {
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode report = mapper.createObjectNode();
    report.put("benchmark", "commands");
    report.put("processor", Processor.model());
    report.put("kernel", System.getProperty("os.version"));
    add(report.putArray("commands"), measured.commands());
    report.put("services", CommandsBench.SERVICES);
    report.put("servers_each", CommandsBench.SERVERS_EACH);
    add(report.putArray("table"), measured.table());
    Streaming listing = measured.connections();
    ObjectNode connections = report.putObject("connections");
    connections.put("listed", listing.connections());
    connections.put("seconds", listing.seconds());
    connections.put("client_kilobytes", listing.clientKilobytes());
    connections.put("director_kilobytes_before", listing.directorBefore());
    connections.put("director_kilobytes_after", listing.directorAfter());
    connections.put("longest_wait_milliseconds", listing.longestWaitMillis());
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n";
  }

  private static void add(ArrayNode array, List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      ObjectNode entry = array.addObject();
      entry.put("name", outcome.name());
      entry.put("median_milliseconds", outcome.milliseconds().median());
      outcome.target().ifPresent(target -> entry.put("target_milliseconds", target));
      ArrayNode samples = entry.putArray("samples_milliseconds");
      outcome.milliseconds().values().forEach(samples::add);
    }
  }
}
