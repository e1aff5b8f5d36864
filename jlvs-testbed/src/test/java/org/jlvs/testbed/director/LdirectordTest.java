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
import java.util.function.Predicate;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** ldirectord as a process beside the director, on servers that fail and come back. */
@Tag("system")
class LdirectordTest {
  private static final String HTTP = "http://" + VIP + "/";

  /** checkinterval and checktimeout of the file, and what a busy machine adds. */
  private static final Duration NOTICED = Duration.ofSeconds(8);

  private DirectorLab lab;
  private Host first;
  private Host second;
  private Background monitor;
  private Director director;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("monitor");
    first = lab.directServer(1);
    second = lab.directServer(2);
    lab.startWebServer(lab.director());
    director = lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private Path configuration(String more) throws IOException {
    Path file = lab.directory().resolve(lab.directory().getFileName() + ".cf");
    return Files.writeString(
        file,
        """
        checkinterval=1
        checktimeout=1
        autoreload=yes
        quiescent=no
        virtual=10.0.0.100:80
        \treal=10.0.0.11:80 gate 3
        \treal=10.0.0.12:80 gate 1
        \tfallback=127.0.0.1:80 gate
        \tservice=http
        \tchecktype=negotiate
        \trequest="/"
        \treceive="dr"
        \tscheduler=wrr
        \tprotocol=tcp
        """
            + more);
  }

  private void startMonitor(Path file) {
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

  private void awaitTable(Predicate<String> condition) {
    assertThat(Waiting.until(NOTICED, () -> condition.test(table())))
        .as("the table is:\n%s\nldirectord printed:\n%s", table(), monitor.output())
        .isTrue();
  }

  @Test
  void serversComeAndGoAndTheFallbackIsTheDirectorItself() throws Exception {
    startMonitor(configuration(""));
    awaitTable(
        table ->
            table.equals(
                """
                -A -t 10.0.0.100:80 -s wrr
                -a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 3
                -a -t 10.0.0.100:80 -r 10.0.0.12:80 -g -w 1
                """));
    assertThat(lab.gets(8, HTTP).stream().filter("dr1"::equals)).hasSize(6);

    lab.stopWebServer(first);
    awaitTable(table -> !table.contains("10.0.0.11"));
    assertThat(lab.gets(4, HTTP)).containsOnly("dr2");

    lab.stopWebServer(second);
    awaitTable(table -> table.contains("-r 127.0.0.1:80 -g") && !table.contains("10.0.0.12"));
    assertThat(lab.gets(4, HTTP)).containsOnly("director");
    lab.download(1).assertEndsWhole();

    lab.startWebServer(first);
    awaitTable(table -> table.contains("10.0.0.11") && !table.contains("127.0.0.1"));
    assertThat(lab.gets(4, HTTP)).containsOnly("dr1");

    monitor.stop(DirectorLab.PATIENCE);
    assertThat(monitor.status()).isZero();
    assertThat(table()).isEmpty();
  }

  @Test
  void aChangedFileIsTakenOverAndARestartedDirectorIsToldEverythingAgain() throws Exception {
    startMonitor(configuration(""));
    awaitTable(table -> table.contains("10.0.0.12"));

    configuration(
        "virtual=10.0.0.100:81\n\treal=10.0.0.11:80 gate\n\tchecktype=on\n\tprotocol=tcp\n");
    awaitTable(table -> table.contains("-a -t 10.0.0.100:81 -r 10.0.0.11:81 -g -w 1"));

    director.process().stop(DirectorLab.PATIENCE);
    Waiting.pause(Duration.ofSeconds(2));
    director = lab.startDirector();

    awaitTable(table -> table.contains("10.0.0.100:81") && table.contains("10.0.0.12:80"));
    assertThat(lab.gets(4, HTTP)).containsOnly("dr1", "dr2");
    assertThat(director.complaints()).isEmpty();
  }
}
