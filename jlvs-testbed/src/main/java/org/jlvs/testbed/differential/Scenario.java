package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Commands, frames and time in order: what is done, without what comes of it.
 *
 * @param note how it was made, for readers of its trace
 */
record Scenario(String name, String note, List<Step> steps) {
  private static final String IPVSADM = "ipvsadm ";
  private static final JsonMapper JSON = JsonMapper.shared();

  Scenario {
    steps = List.copyOf(steps);
  }

  Scenario with(List<Step> otherSteps) {
    return new Scenario(name, note, otherSteps);
  }

  /** The lines of the trace that the player completes. Answers to frames that are not there go. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    ObjectNode meta = JSON.createObjectNode();
    meta.put("t", "meta").put("name", name).put("note", note);
    meta.putArray("sysctl");
    meta.putArray("setup");
    lines.add(meta.toString());
    Map<Integer, Integer> positions = new HashMap<>();
    int restored = restore(lines);
    for (Step step : steps.subList(restored, steps.size())) {
      ObjectNode event = JSON.createObjectNode();
      switch (step) {
        case Step.Command(String line) -> event.put("t", "cmd").put("cmd", line);
        case Step.Setting(String key, String value) ->
            event.put("t", "sysctl").put("key", key).put("value", value);
        case Step.Sleep(double seconds) -> event.put("t", "sleep").put("s", seconds);
        case Step.Tick() -> event.put("t", "sleep").put("s", Step.Tick.SECONDS);
        case Step.Statistics() -> {
          ObjectNode wait = JSON.createObjectNode();
          lines.add(wait.put("t", "sleep").put("s", Step.Statistics.WAIT_SECONDS).toString());
          event.put("t", "cmd").put("cmd", "ipvsadm -Ln --stats --exact");
        }
        case Step.Connections() -> event.put("t", "conns");
        case Step.Frame(int number, String wire, String hex) -> {
          positions.put(number, positions.size() + 1);
          event.put("t", "frame").put("in", wire).put("hex", hex);
        }
        case Step.Answer(int number, String wire, int follows, Map<String, String> choices) -> {
          Integer position = positions.get(follows);
          if (position == null) {
            continue;
          }
          positions.put(number, positions.size() + 1);
          event.put("t", "frame").put("in", wire).put("follows", position);
          ObjectNode byReceiver = event.putObject("choices");
          choices.forEach(byReceiver::put);
        }
      }
      lines.add(event.toString());
    }
    return lines;
  }

  /**
   * Gives the commands that a scenario begins with to one process, as far as {@code ipvsadm -R}
   * takes them: a process costs more than all frames.
   *
   * @return how many steps that were
   */
  private int restore(List<String> lines) {
    List<String> commands =
        steps.stream()
            .takeWhile(step -> step instanceof Step.Command(String line) && isRestorable(line))
            .map(step -> ((Step.Command) step).line().substring(IPVSADM.length()))
            .toList();
    if (commands.size() < 2) {
      return 0;
    }
    String text = String.join("\\n", commands);
    ObjectNode event = JSON.createObjectNode();
    event.put("t", "cmd").put("cmd", "printf -- '" + text + "\\n' | ipvsadm -R");
    lines.add(event.toString());
    return commands.size();
  }

  private static boolean isRestorable(String line) {
    return line.startsWith(IPVSADM + "-A ") || line.startsWith(IPVSADM + "-a ");
  }
}
