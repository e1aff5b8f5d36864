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
    switch (event.path("t").asString()) {
      case "meta" -> settings(event, number);
      case "cmd" -> command(event, number);
      case "frame" -> frame(event, number);
      case "sleep" -> machine.sleep(event.path("s").asDouble());
      case "sysctl" ->
          setting(event.path("key").asString(), event.path("value").asString(), number);
      case "conns" -> connections(event, number);
      case "note" -> {}
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
    differs(number, command, Comparison.command(event, result));
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
      ObjectNode view = out.addObject();
      view.put("dev", frame.wire());
      view.put("to", frame.receiver());
      view.put("hex", HexFormat.of().formatHex(frame.bytes()));
      view.set("pkt", PacketView.describe(frame.bytes()));
    }
    event.set("out", out);
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
