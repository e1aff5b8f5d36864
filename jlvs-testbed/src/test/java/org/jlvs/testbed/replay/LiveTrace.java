package org.jlvs.testbed.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.namespaces.Waiting;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One trace through a live machine, in real time, compared as a replay compares. */
final class LiveTrace {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** What ended at once is in no list after it: an idle director looks up ten times a second. */
  private static final Duration TICK = Duration.ofMillis(200);

  private static final String SETTINGS = "net.ipv4.vs.";

  private final LiveMachine machine;
  private final long start = System.nanoTime();
  private final List<String> differences = new ArrayList<>();

  private LiveTrace(LiveMachine machine) {
    this.machine = machine;
  }

  /** Plays a trace, and returns all differences to what was recorded. */
  static List<String> play(Path file, LiveMachine machine) throws IOException {
    LiveTrace trace = new LiveTrace(machine);
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        trace.play(JSON.readTree(line));
      }
    }
    return trace.differences;
  }

  private void play(JsonNode event) throws IOException {
    switch (event.path("t").asString()) {
      case "meta" -> {
        for (JsonNode setting : event.path("sysctl")) {
          String[] words = setting.asString().split("=", 2);
          setting(words[0], words[1]);
        }
      }
      case "sysctl" -> setting(event.path("key").asString(), event.path("value").asString());
      case "cmd" -> {
        String command = event.path("cmd").asString();
        differs(command, Comparison.command(event, run(command), false, mostSeconds()));
      }
      case "frame" -> frame(event);
      case "sleep" -> Waiting.pause(Duration.ofMillis((long) (1000 * event.path("s").asDouble())));
      case "conns" -> connections(event);
      case "note" -> {}
      default -> throw new IllegalArgumentException("unknown kind " + event.path("t"));
    }
  }

  /**
   * No entry can be older than this, however slow the machine is; the recorder took its time too,
   * of which traces without times say nothing.
   */
  private int mostSeconds() {
    return 2 + (int) Duration.ofNanos(System.nanoTime() - start).toSeconds();
  }

  private void differs(String what, Optional<String> difference) {
    difference.ifPresent(text -> differences.add(what + "\n" + text));
  }

  private void setting(String key, String value) throws IOException {
    Shell.Result result =
        key.startsWith(SETTINGS)
            ? machine.jlvs("sysctl", List.of("-q", key + "=" + value), Optional.empty())
            : machine.host(List.of("sysctl", "-q", "-w", key + "=" + value));
    if (result.exitCode() != 0) {
      differences.add("sysctl " + key + "=" + value + ": " + result.err());
    }
  }

  private void frame(JsonNode event) throws IOException {
    int device = Topology.deviceOfWire(event.path("in").asString()).orElseThrow();
    byte[] bytes = HexFormat.of().parseHex(event.path("hex").asString());
    JsonNode expected = event.path("out");
    List<Machine.Frame> got = machine.frame(device, bytes, expected.size());
    differs(
        "frame %d: %s"
            .formatted(event.path("n").asInt(), PacketView.line(PacketView.describe(bytes))),
        Comparison.frames(expected, got));
  }

  private void connections(JsonNode event) throws IOException {
    List<String> expected = new ArrayList<>();
    event.path("proc").forEach(line -> expected.add(line.asString()));
    Optional<String> difference = connections(expected);
    if (difference.isPresent()) {
      Waiting.pause(TICK);
      difference = connections(expected);
    }
    differs("the table of connections", difference);
  }

  private Optional<String> connections(List<String> expected) throws IOException {
    List<String> got =
        machine.jlvs("proc", List.of("ip_vs_conn"), Optional.empty()).out().lines().toList();
    return Comparison.connectionFile(
        expected, got.subList(Math.min(1, got.size()), got.size()), mostSeconds());
  }

  /** Runs a command line as the recorder did: each program of it the real one, or jlvs' own. */
  private Shell.Result run(String line) throws IOException {
    Shell.Result last = new Shell.Result(0, "", "");
    for (String part : line.split("\\|")) {
      List<String> words =
          line.contains("|") ? ShellWords.split(part) : List.of(line.strip().split("\\s+"));
      last = run(words, last.out());
    }
    return last;
  }

  private Shell.Result run(List<String> words, String input) throws IOException {
    String program = words.getFirst().substring(words.getFirst().lastIndexOf('/') + 1);
    List<String> arguments = words.subList(1, words.size());
    return switch (program) {
      case "ipvsadm", "ipvsadm-save", "ipvsadm-restore" ->
          machine.jlvs(program, arguments, input.isEmpty() ? Optional.empty() : Optional.of(input));
      case "printf" -> new Shell.Result(0, ShellWords.printf(arguments), "");
      case "echo" -> new Shell.Result(0, String.join(" ", arguments) + "\n", "");
      case "cat" -> cat(arguments);
      default -> machine.host(words);
    };
  }

  /** Files of the kernel's IPVS are jlvs' to show. */
  private Shell.Result cat(List<String> files) throws IOException {
    StringBuilder out = new StringBuilder();
    for (String file : files) {
      String name = file.substring(file.lastIndexOf('/') + 1);
      Shell.Result shown =
          file.startsWith("/proc/net/")
              ? machine.jlvs("proc", List.of(name), Optional.empty())
              : machine.jlvs("sysctl", List.of("-n", SETTINGS + name), Optional.empty());
      if (shown.exitCode() != 0) {
        return shown;
      }
      out.append(shown.out());
    }
    return new Shell.Result(0, out.toString(), "");
  }
}
