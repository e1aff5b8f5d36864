package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.SoftAssertions;
import org.jlvs.testbed.differential.UserModeLinux;
import org.jlvs.testbed.dropin.MonitorStage;
import org.jlvs.testbed.dropin.MonitorStory;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Debian's ldirectord, as it is, lives through the same story twice: with the original ipvsadm on
 * the kernel's IPVS, and with jlvs' ipvsadm in its place on a running director. Real servers
 * (nginx) fail, hang, answer nonsense and come back, all of them fail, the file is edited. After
 * each event both show the same tables, and clients get to live servers.
 */
@Tag("system")
class OriginalLdirectordTest {
  private static final Path LDIRECTORD = Path.of("/usr/sbin/ldirectord");

  /**
   * Fixed, so that a failure is the change's under test; more by {@code -Djlvs.story=SEED,EVENTS}.
   */
  private static final String STORY = System.getProperty("jlvs.story", "1,10");

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    Optional<String> missing = UserModeLinux.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    for (Path needed : List.of(LDIRECTORD, Path.of("/usr/sbin/nginx"), Path.of("/usr/bin/curl"))) {
      assumeTrue(Files.isExecutable(needed), () -> needed + " is not installed");
    }
    lab = DirectorLab.create("perl");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void goesThroughTheSameTablesAsOnTheKernel() throws Exception {
    String[] words = STORY.split(",");
    List<MonitorStory.Event> story =
        MonitorStory.of(Long.parseLong(words[0]), Integer.parseInt(words[1]));
    Path kernelFolder = Files.createDirectory(lab.directory().resolve("kernel"));
    CompletableFuture<List<MonitorStage.Scene>> kernel =
        CompletableFuture.supplyAsync(() -> onKernel(kernelFolder, story));
    List<MonitorStage.Scene> ours = onDirector(story);

    SoftAssertions softly = new SoftAssertions();
    for (int i = 0; i < story.size(); i++) {
      MonitorStory.Event event = story.get(i);
      MonitorStage.Scene original = kernel.get().get(i);
      MonitorStage.Scene scene = ours.get(i);
      String what =
          "event %d, %s %s, after %.1f s (%.1f on the kernel)"
              .formatted(i, event.acts(), event.config(), scene.seconds(), original.seconds());
      softly.assertThat(original.table()).as("on the kernel, " + what).isEqualTo(event.expected());
      softly.assertThat(scene.table()).as(what).isEqualTo(event.expected());
      softly
          .assertThat(withoutCounts(scene.listing()))
          .as(what)
          .isEqualTo(withoutCounts(original.listing()));
      softly
          .assertThat(withoutCounts(scene.thresholds()))
          .as(what)
          .isEqualTo(withoutCounts(original.thresholds()));
      if (event.served()) {
        List<String> answers =
            event.alive().stream().map(server -> "alive " + server + "\n").toList();
        softly.assertThat(answers).as(what).contains(scene.client());
      }
    }
    softly.assertAll();
    assertThat(ours).hasSameSizeAs(story);
  }

  private static List<MonitorStage.Scene> onKernel(Path folder, List<MonitorStory.Event> story) {
    try {
      return MonitorStage.onKernel(folder, story);
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  private List<MonitorStage.Scene> onDirector(List<MonitorStory.Event> story) throws IOException {
    Host servers = lab.hostBehind("servers", "192.168.0.11");
    for (int i = 2; i <= 4; i++) {
      servers.address("eth0", "192.168.0.1" + i + "/24");
    }
    lab.startDirector();
    // Its name is that of ldirectord's pid file, too.
    Path folder = Files.createDirectory(lab.directory().resolve(lab.directory().getFileName()));
    Map<String, List<String>> hosts =
        Map.of(
            "director", inside(lab.director()),
            "servers", inside(servers),
            "client", inside(lab.client()));
    Path script =
        MonitorStage.prepare(folder, story, hosts, lab.originalsReplaced(List.of("ipvsadm")));
    Command.Result played =
        Command.run(
            List.of("/usr/bin/python3", script.toString(), folder.toString()),
            MonitorStage.limit(story));
    assertThat(played.status()).as(played.out() + played.err()).isZero();
    return MonitorStage.scenes(folder);
  }

  private static List<String> inside(Host host) {
    return List.of("ip", "netns", "exec", host.namespace());
  }

  /** Connections of clients that came in the meantime. */
  private static String withoutCounts(String listing) {
    List<String> lines = new ArrayList<>();
    listing
        .lines()
        .forEach(line -> lines.add(line.replaceFirst("^(  -> .*\\S) +\\d+ +\\d+ *$", "$1")));
    return String.join("\n", lines);
  }
}
