package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Waiting;

/** An ldirectord process in a lab, and the table that it keeps. */
final class MonitorBesideDirector {
  private final DirectorLab lab;
  private final Background process;

  private MonitorBesideDirector(DirectorLab lab, Background process) {
    this.lab = lab;
    this.process = process;
  }

  /** Starts ldirectord on this configuration. */
  static MonitorBesideDirector start(DirectorLab lab, String configuration) throws IOException {
    Path file = lab.directory().resolve(lab.directory().getFileName() + ".cf");
    Files.writeString(file, configuration);
    List<String> words = new ArrayList<>(DirectorLab.serverCommand("ldirectord"));
    words.addAll(List.of("-d", file.toString(), "start"));
    return new MonitorBesideDirector(lab, lab.director().start(words.toArray(String[]::new)));
  }

  /** Its process id. */
  long pid() {
    return process.pid();
  }

  /** What it has logged. */
  String log() {
    return process.output();
  }

  /** The director's table as {@code ipvsadm -S -n} prints it. */
  String table() {
    try {
      return lab.command("ipvsadm -S -n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitTable(Duration limit, Predicate<String> condition) {
    assertThat(Waiting.until(limit, () -> condition.test(table())))
        .as("the table is:\n%s\nldirectord printed:\n%s", table(), log())
        .isTrue();
  }

  void awaitLine(Duration limit, String part) {
    assertThat(Waiting.until(limit, () -> log().contains(part)))
        .as("ldirectord says '%s'; it printed:\n%s", part, log())
        .isTrue();
  }
}
