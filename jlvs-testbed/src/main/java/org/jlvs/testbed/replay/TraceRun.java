package org.jlvs.testbed.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.DirectorException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One trace through one simulated machine. Reads line by line: commands and frames in order. A
 * difference does not stop the run, so that a trace can be emitted whole.
 */
final class TraceRun {
  /** Takes each line of the trace with the core's answers in the place of the recorded ones. */
  interface LineSink {
    void line(String json);
  }

  /** The kernel sums counters up every two seconds. */
  private static final double COUNTERS_LAG_SECONDS = 2.5;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Machine machine = new Machine();
  private final Shell shell = new Shell(machine);
  private @Nullable String firstDifference;

  private TraceRun() {}

  /**
   * Runs a trace.
   *
   * @return the first difference to what was recorded, readable; or nothing
   * @throws IOException when the file cannot be read or is no trace; the message says where
   */
  static Optional<String> run(Path file, LineSink sink) throws IOException {
    TraceRun run = new TraceRun();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        ObjectNode event;
        try {
          event = (ObjectNode) JSON.readTree(line);
          run.replay(event, number);
        } catch (JacksonException | ClassCastException | IllegalArgumentException e) {
          throw new IOException(
              "%s line %d is not a line of a trace: %s".formatted(file, number, e.getMessage()), e);
        }
        sink.line(JSON.writeValueAsString(event));
      }
    }
    return Optional.ofNullable(run.firstDifference);
  }

  private void replay(ObjectNode event, int number) throws IOException {
    if (event.has("at")) {
      List<Machine.Frame> meanwhile = machine.moveTo(event.path("at").asDouble());
      JsonNode late =
          event.path("t").asString().equals("late") ? event.path("out") : JSON.createArrayNode();
      differs(number, "frames that came by themselves", Comparison.framesOfTimers(late, meanwhile));
    }
    switch (event.path("t").asString()) {
      case "meta" -> settings(event, number);
      case "cmd" -> command(event, number);
      case "frame" -> frame(event, number);
      case "sleep" -> machine.sleep(event.path("s").asDouble());
      case "sysctl" ->
          setting(event.path("key").asString(), event.path("value").asString(), number);
      case "conns" -> {
        machine.beforeListing();
        connections(event, number);
      }
      case "note", "late" -> {}
      default -> throw new IllegalArgumentException("unknown kind " + event.path("t"));
    }
  }

  private void differs(int number, String what, Optional<String> difference) {
    if (firstDifference == null && difference.isPresent()) {
      firstDifference = "line %d: %s\n%s".formatted(number, what, difference.get());
    }
  }

  private void settings(ObjectNode event, int number) {
    for (JsonNode setting : event.path("sysctl")) {
      String[] words = setting.asString().split("=", 2);
      setting(words[0], words.length > 1 ? words[1] : "", number);
    }
  }

  private void setting(String key, String value, int number) {
    try {
      machine.sysctl(key, value);
    } catch (DirectorException e) {
      differs(number, "sysctl " + key + "=" + value, Optional.of("  " + e.getMessage() + "\n"));
    }
  }

  private void command(ObjectNode event, int number) throws IOException {
    machine.beforeCommand();
    String command = event.path("cmd").asString();
    Shell.Result result = shell.run(command);
    boolean countersAreExact = machine.quietSeconds() > COUNTERS_LAG_SECONDS;
    differs(number, command, Comparison.command(event, result, countersAreExact));
    event.put("rc", result.exitCode());
    event.put("out", result.out());
    event.put("err", result.err());
  }

  private void frame(ObjectNode event, int number) {
    String wire = event.path("in").asString();
    int device =
        Topology.deviceOfWire(wire)
            .orElseThrow(() -> new IllegalArgumentException("unknown wire " + wire));
    byte[] bytes = HexFormat.of().parseHex(event.path("hex").asString());
    List<Machine.Frame> sent = machine.frame(device, bytes);
    String what =
        "frame %d from %s: %s"
            .formatted(event.path("n").asInt(), wire, PacketView.line(PacketView.describe(bytes)));
    differs(number, what, Comparison.frames(event.path("out"), sent));
    ArrayNode out = JSON.createArrayNode();
    for (Machine.Frame frame : sent) {
      view(out, frame.wire(), frame.receiver(), frame.bytes());
    }
    event.set("out", out);
  }

  private static void view(ArrayNode out, String wire, String receiver, byte[] frame) {
    ObjectNode view = out.addObject();
    view.put("dev", wire);
    view.put("to", receiver);
    view.put("hex", HexFormat.of().formatHex(frame));
    view.set("pkt", PacketView.describe(frame));
  }

  /** The lines of a trace, with all that a reader likes to see of its frames. */
  static List<String> described(Path file) throws IOException {
    Topology topology = new Topology();
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      ObjectNode event = (ObjectNode) JSON.readTree(line);
      if (event.path("t").asString().equals("frame")) {
        byte[] in = HexFormat.of().parseHex(event.path("hex").asString());
        ArrayNode out = JSON.createArrayNode();
        for (JsonNode frame : event.path("out")) {
          byte[] bytes = HexFormat.of().parseHex(frame.path("hex").asString());
          String receiver = topology.label(Frames.destinationMac(bytes));
          view(out, frame.path("dev").asString(), receiver, bytes);
        }
        event.set("pkt", PacketView.describe(in));
        event.set("out", out);
      }
      lines.add(JSON.writeValueAsString(event));
    }
    return lines;
  }

  private void connections(ObjectNode event, int number) throws IOException {
    List<String> expected = new ArrayList<>();
    event.path("proc").forEach(line -> expected.add(line.asString()));
    String file = shell.procNet("ip_vs_conn");
    List<String> got =
        file == null
            ? List.of()
            : file.lines().skip(1).filter(line -> !line.isBlank()).sorted().toList();
    differs(number, "the table of connections", Comparison.connectionFile(expected, got));
    ArrayNode lines = JSON.createArrayNode();
    got.forEach(lines::add);
    event.set("proc", lines);
  }
}
