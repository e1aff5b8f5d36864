package org.jlvs.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.service.TableSnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StateKeeperTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final UnsavedChanges changes = new UnsavedChanges();
  private final Map<String, String> settings = new HashMap<>();
  private Path path;
  private StateKeeper keeper;

  @BeforeEach
  void start() {
    path = folder.resolve("state.json");
    keeper = new StateKeeper(new StateFile(path), changes, this::snapshot);
  }

  @AfterEach
  void stop() throws IOException {
    keeper.close();
  }

  /** What the engine thread does; here the lock stands for it. */
  private synchronized StateKeeper.Snapshot snapshot() {
    TableSnapshot table = new TableSnapshot(List.of(), List.of(), Statistics.ZERO, Statistics.ZERO);
    return new StateKeeper.Snapshot(new DirectorState(table, tuning()), changes.take());
  }

  private synchronized void change(String name, String value, boolean whole) {
    settings.put(name, value);
    if (whole) {
      changes.addWhole();
    } else {
      changes.add(new StateChange(List.of(), Optional.of(tuning())));
    }
  }

  private Tuning tuning() {
    return new Tuning(new Timeouts(900, 120, 300), settings, List.of());
  }

  private Map<String, String> saved() throws IOException {
    return new StateFile(path).read().orElseThrow().tuning().settings();
  }

  @Test
  void whatHasChangedIsInTheFileWhenItIsSaidToBe() throws Exception {
    for (int i = 0; i < 500; i++) {
      String value = Integer.toString(i);
      change("setting", value, i % 50 == 7);
      assertThat(keeper.awaitSaved(LIMIT)).isEmpty();
      assertThat(saved()).containsEntry("setting", value);
    }
  }

  @Test
  void manyWhoChangeAtOnceAreAllSaved() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
      List<Future<Optional<String>>> answers = new ArrayList<>();
      for (int n = 0; n < 20; n++) {
        String name = "setting" + n;
        answers.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    change(name, Integer.toString(i), i % 33 == 32);
                    Optional<String> problem = keeper.awaitSaved(LIMIT);
                    if (problem.isPresent()) {
                      return problem;
                    }
                  }
                  return Optional.empty();
                }));
      }
      for (Future<Optional<String>> answer : answers) {
        assertThat(answer.get()).isEmpty();
      }
    }
    assertThat(saved()).hasSize(20).allSatisfy((name, value) -> assertThat(value).isEqualTo("99"));
  }

  @Test
  void whatCannotBeSavedIsSaidAndSavedLater() throws Exception {
    change("setting", "1", false);
    assertThat(keeper.awaitSaved(LIMIT)).isEmpty();
    // In the way of the next whole state.
    Path obstacle = Files.createDirectories(folder.resolve("state.json.new/obstacle"));

    change("setting", "2", true);
    assertThat(keeper.awaitSaved(LIMIT).orElseThrow()).contains("cannot write " + path);
    change("setting", "3", false);
    assertThat(keeper.awaitSaved(LIMIT)).isPresent();
    assertThat(saved()).containsEntry("setting", "1");

    Files.delete(obstacle);
    change("other", "4", false);
    assertThat(keeper.awaitSaved(LIMIT)).isEmpty();
    assertThat(saved()).containsEntry("setting", "3").containsEntry("other", "4");
  }
}
