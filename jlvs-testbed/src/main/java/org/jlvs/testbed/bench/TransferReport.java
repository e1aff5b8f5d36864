package org.jlvs.testbed.bench;

import java.util.List;
import org.jlvs.testbed.bench.TransferBench.Outcome;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code ./jlvs bench transfer} found, as a table or as JSON.
 *
 * @param outcomes of the contenders, {@link TransferBench#REFERENCE} among them with offloads and
 *     without
 */
record TransferReport(List<Outcome> outcomes) {
  TransferReport {
    outcomes = List.copyOf(outcomes);
  }

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        One TCP connection that transfers %d MB from client to server (download: back) through veth pairs
        %s, %d processors; Linux %s; %d transfers each, in turns

        """
            .formatted(
                TransferBench.BYTES / 1_000_000,
                Processor.model(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                outcomes.getFirst().megabytesPerSecond().values().size()));
    append(table, "the hosts' offloads on, as they are by default", true);
    table.append('\n');
    append(table, "the hosts' offloads off, as packets are on a wire", false);
    return table.toString();
  }

  private void append(StringBuilder table, String title, boolean offloads) {
    table.append("%-50s MB/s%15s\n".formatted(title, "to kernel"));
    table.append("%38s %8s %8s %10s\n".formatted("median", "least", "most", "forwarding"));
    for (Outcome outcome : outcomes) {
      if (outcome.offloads() == offloads) {
        Samples rates = outcome.megabytesPerSecond();
        table.append(
            "%-29s %8.0f %8.0f %8.0f %10.2f\n"
                .formatted(
                    outcome.name(), rates.median(), rates.least(), rates.most(), times(outcome)));
      }
    }
  }

  String json() {
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode report = mapper.createObjectNode();
    report.put("benchmark", "transfer");
    report.put("processor", Processor.model());
    report.put("kernel", System.getProperty("os.version"));
    report.put("bytes", TransferBench.BYTES);
    ArrayNode contenders = report.putArray("contenders");
    for (Outcome outcome : outcomes) {
      ObjectNode entry = contenders.addObject();
      Samples rates = outcome.megabytesPerSecond();
      entry.put("name", outcome.name());
      entry.put("offloads", outcome.offloads());
      entry.put("median_megabytes_per_second", Math.round(rates.median()));
      entry.put("times_as_fast_as_kernel_forwarding", Math.round(times(outcome) * 100) / 100.0);
      ArrayNode samples = entry.putArray("samples_megabytes_per_second");
      rates.values().forEach(rate -> samples.add(Math.round(rate)));
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n";
  }

  private double times(Outcome outcome) {
    return outcome.megabytesPerSecond().median()
        / outcomes.stream()
            .filter(other -> other.name().equals(TransferBench.REFERENCE))
            .filter(other -> other.offloads() == outcome.offloads())
            .findFirst()
            .orElseThrow()
            .megabytesPerSecond()
            .median();
  }
}
