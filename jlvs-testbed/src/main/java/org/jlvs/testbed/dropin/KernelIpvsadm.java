package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jlvs.testbed.differential.UserModeLinux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The original ipvsadm on the kernel's IPVS, in a user-mode Linux. */
public final class KernelIpvsadm implements Ipvsadm {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration BOOT = Duration.ofMinutes(2);

  /** Very much: one takes about a hundredth of a second. */
  private static final Duration EACH_COMMAND = Duration.ofMillis(500);

  private final Path folder;
  private int boots;

  /**
   * @param folder where jobs are written
   */
  public KernelIpvsadm(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes the files that stand in the place of those of {@code /etc}, so that names mean the same
   * on all machines.
   */
  public static Path writeNames(Path folder) throws IOException {
    for (String name : List.of("hosts", "nsswitch.conf")) {
      try (InputStream file = KernelIpvsadm.class.getResourceAsStream(name)) {
        Files.write(folder.resolve(name), Objects.requireNonNull(file, name).readAllBytes());
      }
    }
    return folder.resolve("hosts");
  }

  @Override
  public List<List<Answer>> type(List<Session> sessions) throws IOException, InterruptedException {
    Path job = folder.resolve("typed-" + ++boots);
    Path given = Files.createDirectories(job.resolve("sessions"));
    Path answered = Files.createDirectories(job.resolve("answers"));
    writeNames(Files.createDirectories(job.resolve("etc")));
    int commands = 0;
    for (int i = 0; i < sessions.size(); i++) {
      Files.writeString(given.resolve(fileName(i)), json(sessions.get(i)));
      commands += sessions.get(i).commands().size();
    }
    UserModeLinux.play(job, UserModeLinux.TYPIST, BOOT.plus(EACH_COMMAND.multipliedBy(commands)));
    List<List<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      answers.add(answers(Files.readString(answered.resolve(fileName(i)))));
    }
    return answers;
  }

  private static String fileName(int index) {
    return "%05d.json".formatted(index);
  }

  private static String json(Session session) {
    ObjectNode json = JSON.createObjectNode();
    ArrayNode steps = json.putArray("steps");
    for (Typed typed : session.commands()) {
      ObjectNode step = steps.addObject();
      ArrayNode words = step.putArray("argv");
      typed.words().forEach(words::add);
      step.put("in", typed.input());
    }
    return JSON.writeValueAsString(json);
  }

  private static List<Answer> answers(String json) {
    List<Answer> answers = new ArrayList<>();
    for (JsonNode answer : JSON.readTree(json)) {
      answers.add(
          new Answer(
              answer.path("rc").asInt(),
              answer.path("out").asString(),
              answer.path("err").asString()));
    }
    return answers;
  }
}
