package org.jlvs.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jlvs.testbed.bench.ForwardBench.Outcome;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code ./jlvs bench forward} found, as a table or as JSON.
 *
 * @param flows connections of each contender
 * @param outcomes of the contenders; the first is what the others are compared with
 * @param times of jlvs' program in the kernel
 */
record ForwardReport(Cpus cpus, int flows, List<Outcome> outcomes, List<ProgramTimes> times) {
  ForwardReport {
    outcomes = List.copyOf(outcomes);
    times = List.copyOf(times);
  }

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        Established TCP flows, %d of them, 64-byte frames, through veth pairs; M packets/s on one processor
        %s; Linux %s
        sender on CPU %d, director on CPU %d, receiver on CPU %d; %d rounds of a second each, in turns

                                median     least      most   offered   times kernel forwarding
        """
            .formatted(
                flows,
                processor(),
                System.getProperty("os.version"),
                cpus.sender(),
                cpus.director(),
                cpus.receiver(),
                outcomes.getFirst().packetsASecond().values().size()));
    for (Outcome outcome : outcomes) {
      Samples rates = outcome.packetsASecond();
      table.append(
          "%-20s %9.2f %9.2f %9.2f %9.2f %9.2f%n"
              .formatted(
                  outcome.name(),
                  rates.median() / 1e6,
                  rates.least() / 1e6,
                  rates.most() / 1e6,
                  outcome.offered().median() / 1e6,
                  ratio(outcome)));
    }
    table.append(
        """

        The program alone, on packets of random flows in memory; ns a packet, without making it

                                          median     least      most
        """);
    for (ProgramTimes time : times) {
      table.append(
          "%-15s %9d flows %9.0f %9.0f %9.0f%n"
              .formatted(
                  time.forwarding(),
                  time.flows(),
                  time.nanos().median(),
                  time.nanos().least(),
                  time.nanos().most()));
    }
    return table.toString();
  }

  String json() {
    JsonMapper mapper = JsonMapper.shared();
    ObjectNode report = mapper.createObjectNode();
    report.put("benchmark", "forward");
    report.put("processor", processor());
    report.put("kernel", System.getProperty("os.version"));
    report.put("flows", flows);
    ObjectNode roles = report.putObject("cpus");
    roles.put("sender", cpus.sender());
    roles.put("director", cpus.director());
    roles.put("receiver", cpus.receiver());
    ArrayNode list = report.putArray("contenders");
    for (Outcome outcome : outcomes) {
      ObjectNode entry = list.addObject();
      Samples rates = outcome.packetsASecond();
      entry.put("name", outcome.name());
      entry.put("median_packets_per_second", Math.round(rates.median()));
      entry.put("least_packets_per_second", Math.round(rates.least()));
      entry.put("most_packets_per_second", Math.round(rates.most()));
      entry.put("offered_packets_per_second", Math.round(outcome.offered().median()));
      entry.put("times_kernel_forwarding", Math.round(ratio(outcome) * 100) / 100.0);
      ArrayNode samples = entry.putArray("samples_packets_per_second");
      rates.values().forEach(rate -> samples.add(Math.round(rate)));
    }
    ArrayNode program = report.putArray("program");
    for (ProgramTimes time : times) {
      ObjectNode entry = program.addObject();
      entry.put("forwarding", time.forwarding());
      entry.put("flows", time.flows());
      entry.put("median_nanoseconds_per_packet", time.nanos().median());
      ArrayNode samples = entry.putArray("samples_nanoseconds_per_packet");
      time.nanos().values().forEach(samples::add);
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n";
  }

  private double ratio(Outcome outcome) {
    return outcome.packetsASecond().median() / outcomes.getFirst().packetsASecond().median();
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown processor");
    } catch (IOException e) {
      return "unknown processor";
    }
  }
}
