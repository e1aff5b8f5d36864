package org.jlvs.testbed.bench;

import java.util.List;
import org.jlvs.testbed.bench.ForwardBench.Outcome;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code ./jlvs bench forward} found, as a table or as JSON.
 *
 * @param flows connections of each contender
 * @param outcomes of the contenders, among them {@link ForwardBench#BASELINE} and {@link
 *     ForwardBench#REFERENCE}
 * @param times of jlvs' program in the kernel
 */
record ForwardReport(int flows, List<Outcome> outcomes, List<ProgramTimes> times) {
  ForwardReport {
    outcomes = List.copyOf(outcomes);
    times = List.copyOf(times);
  }

  String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        """

        Forwarding packets of %d established TCP flows, 64-byte frames, through veth pairs
        %s, all on CPU %d; Linux %s; %d rounds of a second each, in turns

                                 M packets/s with sending      ns a packet       times as fast as
                                   and receiving them                           kernel forwarding
                                median    least     most    whole  director      whole  director
        """
            .formatted(
                flows,
                Processor.model(),
                Processor.NUMBER,
                System.getProperty("os.version"),
                outcomes.getFirst().packetsASecond().values().size()));
    for (Outcome outcome : outcomes) {
      Samples rates = outcome.packetsASecond();
      table.append(
          "%-20s %10.2f %8.2f %8.2f %10.0f"
              .formatted(
                  outcome.name(),
                  rates.median() / 1e6,
                  rates.least() / 1e6,
                  rates.most() / 1e6,
                  whole(outcome)));
      if (!outcome.name().equals(ForwardBench.BASELINE)) {
        table.append(
            " %9.0f %10.2f %9.2f".formatted(alone(outcome), wholeTimes(outcome), times(outcome)));
      }
      table.append('\n');
    }
    table.append(
        """

        whole: sending, forwarding and receiving; director: what forwarding adds to "no director"

        jlvs' program in the kernel alone, on packets of random flows in memory, without making them

                                             ns a packet
                                      median    least     most
        """);
    for (ProgramTimes time : times) {
      table.append(
          "%-15s %9d flows %10.0f %8.0f %8.0f\n"
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
    report.put("processor", Processor.model());
    report.put("cpu", Processor.NUMBER);
    report.put("kernel", System.getProperty("os.version"));
    report.put("flows", flows);
    ArrayNode contenders = report.putArray("contenders");
    for (Outcome outcome : outcomes) {
      ObjectNode entry = contenders.addObject();
      Samples rates = outcome.packetsASecond();
      entry.put("name", outcome.name());
      entry.put("median_packets_per_second", Math.round(rates.median()));
      entry.put("least_packets_per_second", Math.round(rates.least()));
      entry.put("most_packets_per_second", Math.round(rates.most()));
      entry.put("nanoseconds_per_packet", rounded(whole(outcome)));
      if (!outcome.name().equals(ForwardBench.BASELINE)) {
        entry.put("director_nanoseconds_per_packet", rounded(alone(outcome)));
        entry.put("director_times_as_fast_as_kernel_forwarding", rounded(times(outcome)));
        entry.put("whole_times_as_fast_as_kernel_forwarding", rounded(wholeTimes(outcome)));
      }
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

  /** Nanoseconds for sending, forwarding and receiving a packet. */
  private static double whole(Outcome outcome) {
    return 1e9 / outcome.packetsASecond().median();
  }

  private double wholeTimes(Outcome outcome) {
    return whole(named(ForwardBench.REFERENCE)) / whole(outcome);
  }

  /** Nanoseconds that the director adds to what it takes without one. */
  private double alone(Outcome outcome) {
    return whole(outcome) - whole(named(ForwardBench.BASELINE));
  }

  private double times(Outcome outcome) {
    return alone(named(ForwardBench.REFERENCE)) / alone(outcome);
  }

  private Outcome named(String name) {
    return outcomes.stream()
        .filter(outcome -> outcome.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
