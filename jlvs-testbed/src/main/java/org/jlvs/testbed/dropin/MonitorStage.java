package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jlvs.testbed.differential.UserModeLinux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives a story to the script that lets Debian's ldirectord live through it. */
public final class MonitorStage {
  /** What the virtual service on port 80 is asked for. */
  private static final String URL = "http://10.0.0.100/";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration EACH_EVENT = Duration.ofSeconds(70);

  /**
   * How it was when ldirectord had dealt with an event.
   *
   * @param seconds since the event
   * @param table {@code ipvsadm -Sn}
   * @param listing {@code ipvsadm -Ln}
   * @param thresholds {@code ipvsadm -Ln --thresholds}
   * @param client what a client got from the service on port 80; empty when nobody served it
   */
  public record Scene(
      double seconds, String table, String listing, String thresholds, String client) {}

  private MonitorStage() {}

  /** Plays on the kernel's IPVS, with the original ipvsadm. */
  public static List<Scene> onKernel(Path folder, List<MonitorStory.Event> story)
      throws IOException, InterruptedException {
    prepare(folder, story, Map.of(), Map.of());
    UserModeLinux.play(folder, UserModeLinux.STAGE, limit(story));
    return scenes(folder);
  }

  /** How long a story may take. */
  public static Duration limit(List<MonitorStory.Event> story) {
    return EACH_EVENT.multipliedBy(story.size());
  }

  /**
   * Writes what the script needs to play on hosts that are there.
   *
   * @param hosts how commands are run on {@code director}, {@code servers} and {@code client}
   * @param etc files that the director's commands see in the place of others
   * @return the script, whose one argument is the folder
   */
  public static Path prepare(
      Path folder,
      List<MonitorStory.Event> story,
      Map<String, List<String>> hosts,
      Map<Path, Path> etc)
      throws IOException {
    ObjectNode stage = JSON.createObjectNode();
    stage.put("name", String.valueOf(folder.getFileName()));
    stage.put("url", URL);
    ObjectNode run = stage.putObject("run");
    hosts.forEach(
        (host, prefix) -> {
          ArrayNode words = run.putArray(host);
          prefix.forEach(words::add);
        });
    ObjectNode files = stage.putObject("etc");
    etc.forEach((place, own) -> files.put(place.toString(), own.toString()));
    ObjectNode servers = stage.putObject("servers");
    for (int server = 1; server <= MonitorStory.SERVERS; server++) {
      servers.put(Integer.toString(server), MonitorStory.address(server));
    }
    ArrayNode events = stage.putArray("events");
    for (MonitorStory.Event event : story) {
      ObjectNode node = events.addObject();
      ArrayNode acts = node.putArray("do");
      event.acts().forEach(act -> acts.addArray().add(act.verb()).add(act.object()));
      if (!event.config().isEmpty()) {
        node.put("config", event.config());
      }
      node.put("expect", event.expected());
      node.put("served", event.served());
    }
    Files.writeString(folder.resolve("stage.json"), JSON.writeValueAsString(stage));
    return UserModeLinux.writeScripts(folder, UserModeLinux.STAGE);
  }

  /** What the script has written when it is over. */
  public static List<Scene> scenes(Path folder) throws IOException {
    List<Scene> scenes = new ArrayList<>();
    for (JsonNode scene : JSON.readTree(Files.readString(folder.resolve("stage-done.json")))) {
      scenes.add(
          new Scene(
              scene.path("seconds").asDouble(),
              scene.path("table").asString(),
              scene.path("listing").asString(),
              scene.path("thresholds").asString(),
              scene.path("client").asString()));
    }
    return scenes;
  }
}
