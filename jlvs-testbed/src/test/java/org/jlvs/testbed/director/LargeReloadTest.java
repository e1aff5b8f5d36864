package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Starts and reloads under running traffic, with every change of the table looked at. */
@Tag("system")
class LargeReloadTest {
  private static final int SERVICES = 100;
  private static final int SERVERS_EACH = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private DirectorLab lab;
  private Path file;
  private Background monitor;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("reload");
    lab.directServer(1);
    lab.startDirector();
    file = lab.directory().resolve("reload.cf");
  }

  @AfterEach
  void end() {
    lab.close();
  }

  private void startMonitor() {
    List<String> words = new ArrayList<>(DirectorLab.serverCommand("ldirectord"));
    words.addAll(List.of("-d", file.toString(), "start"));
    monitor = lab.director().start(words.toArray(String[]::new));
  }

  private String table() {
    try {
      return lab.command("ipvsadm -S -n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A thousand servers that need no check, and one service with real clients. */
  private void write(int weightOfOne, String more) throws IOException {
    StringBuilder text =
        new StringBuilder("checkinterval=1\nchecktimeout=5\nautoreload=yes\n" + more);
    text.append("virtual=10.0.0.100:80\n\treal=10.0.0.11:80 gate 1\n\tservice=http\n");
    for (int service = 1; service < SERVICES; service++) {
      text.append("virtual=10.0.0.100:").append(1000 + service).append("\n\tchecktype=on\n");
      for (int server = 1; server <= SERVERS_EACH; server++) {
        int weight = service == 50 && server == 5 ? weightOfOne : 1;
        text.append("\treal=10.0.1.").append(server).append(":80 gate ").append(weight);
        text.append('\n');
      }
    }
    Files.writeString(file, text);
  }

  /** How many batches of changes the director has made for a monitor, and changes in them. */
  private List<Long> counts() throws IOException {
    return Stream.of(lab.command("table counts").strip().split(" ")).map(Long::valueOf).toList();
  }

  private long lines(String kind) {
    return monitor.output().lines().filter(line -> line.contains(kind)).count();
  }

  @Test
  void oneChangedServerOfAThousandIsOneEditAndClientsNoticeNothing() throws Exception {
    write(1, "");
    startMonitor();
    assertThat(
            Waiting.until(
                PATIENCE,
                () -> table().lines().count() == SERVICES + (SERVICES - 1) * SERVERS_EACH + 1))
        .as(monitor.output())
        .isTrue();
    DirectorLab.Download download = lab.download(6).begun();
    String before = table();
    long lines = monitor.output().lines().count();
    List<Long> counts = counts();

    write(7, "");
    assertThat(Waiting.until(PATIENCE, () -> table().contains("-r 10.0.1.5:1050 -g -w 7")))
        .isTrue();
    Waiting.pause(Duration.ofSeconds(2));
    assertThat(table())
        .isEqualTo(before.replaceFirst("(-t 10.0.0.100:1050 -r 10.0.1.5:1050 -g -w) 1", "$1 7"));
    assertThat(monitor.output().lines().skip(lines))
        .extracting(line -> line.replaceFirst("^\\[[^]]*\\] ", ""))
        .containsExactly(
            "Configuration file '" + file + "' has changed on disk",
            " - reread new configuration",
            "Restored real server: 10.0.1.5:1050 (10.0.0.100:1050) (Weight set to 7)");
    assertThat(counts())
        .as("one change in one batch more than %s", counts)
        .containsExactly(counts.get(0) + 1, counts.get(1) + 1);

    write(7, "chekinterval=3\n");
    assertThat(Waiting.until(PATIENCE, () -> lines("The configuration that was in use") == 1))
        .isTrue();
    assertThat(monitor.output())
        .contains(" at line 4, column 1: unknown global directive chekinterval; did you mean");
    assertThat(table()).contains("-r 10.0.1.5:1050 -g -w 7");
    download.assertEndsWhole();
  }

  @Test
  void aStartAddsNothingUncheckedAndTakesNothingAwayBeforeItIsChecked() throws Exception {
    lab.restore(
        "-A -t 10.0.0.100:80 -s wrr",
        "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 2",
        "-a -t 10.0.0.100:80 -r 10.0.0.98:80 -g -w 1",
        "-a -t 10.0.0.100:80 -r 10.0.0.99:80 -g -w 1");
    Files.writeString(
        file,
        """
        checkinterval=1
        checktimeout=3
        quiescent=no
        virtual=10.0.0.100:80
        \treal=10.0.0.11:80 gate 2
        \treal=10.0.0.97:80 gate 1
        \treal=10.0.0.98:80 gate 1
        \tfallback=127.0.0.1:80 gate
        \tservice=http
        \tscheduler=wrr
        """);
    List<String> seen = new ArrayList<>();
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> watching =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                String now = table();
                if (seen.isEmpty() || !seen.getLast().equals(now)) {
                  seen.add(now);
                }
              }
            },
            task -> Thread.ofPlatform().start(task));
    startMonitor();
    String checked = "-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 2\n";
    boolean reached = Waiting.until(PATIENCE, () -> table().equals(checked));
    Waiting.pause(Duration.ofSeconds(3));
    over.set(true);
    watching.join();
    assertThat(reached).as(monitor.output()).isTrue();
    assertThat(seen.getLast()).isEqualTo(checked);
    assertThat(seen)
        .as("%s", seen)
        .allMatch(table -> table.contains("10.0.0.11:80 -g -w 2"))
        .noneMatch(table -> table.contains("10.0.0.97") || table.contains("127.0.0.1"))
        .hasSizeLessThanOrEqualTo(3);
    int withStranger = (int) seen.stream().filter(table -> table.contains("10.0.0.99")).count();
    assertThat(seen.subList(0, withStranger)).allMatch(table -> table.contains("10.0.0.99"));
    assertThat(lab.get("http://" + VIP + "/")).isEqualTo("dr1");
  }
}
