package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** ldirectord beside a director that is alive but does nothing for a while. */
@Tag("system")
class StalledDirectorTest {
  private static final Duration NOTICED = Duration.ofSeconds(60);
  private static final Duration STALL = Duration.ofSeconds(25);
  private static final int SERVERS = 12;

  /** That wait for each server, and that supervision and the loop hold. */
  private static final int MOST_FINDINGS = SERVERS * (8 + 3);

  private DirectorLab lab;
  private Host first;
  private Host second;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("stall");
    first = lab.directServer(1);
    second = lab.directServer(2);
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void findingsDoNotPileUpMeanwhileAndTheTableIsRightAfterwards() throws Exception {
    Director director = lab.startDirector();
    StringBuilder configuration =
        new StringBuilder("checkinterval=1\nchecktimeout=5\nquiescent=no\n");
    for (int i = 0; i < SERVERS / 2; i++) {
      configuration.append(
          """
          virtual=10.0.0.100:%d
          \treal=10.0.0.11 gate
          \treal=10.0.0.12 gate
          \tservice=http
          \tcheckport=80
          \trequest="/"
          \treceive="dr"
          """
              .formatted(80 + i));
    }
    lab.stopWebServer(second);
    MonitorBesideDirector monitor = MonitorBesideDirector.start(lab, configuration.toString());
    monitor.awaitTable(NOTICED, table -> servers(table, "10.0.0.11") == SERVERS / 2);
    assertThat(servers(monitor.table(), "10.0.0.12")).isZero();

    signal("STOP", director.pid());
    try {
      lab.stopWebServer(first);
      lab.startWebServer(second);
      Waiting.pause(STALL);
      assertThat(findings(monitor.pid())).isBetween(SERVERS, MOST_FINDINGS);
    } finally {
      signal("CONT", director.pid());
    }

    monitor.awaitTable(
        NOTICED,
        table -> servers(table, "10.0.0.11") == 0 && servers(table, "10.0.0.12") == SERVERS / 2);
    assertThat(lab.gets(4, "http://" + VIP + "/")).containsOnly("dr2");
    assertThat(director.complaints()).isEmpty();
  }

  private static long servers(String table, String address) {
    return table.lines().filter(line -> line.contains("-r " + address + ":")).count();
  }

  private void signal(String name, long pid) {
    assertThat(lab.director().run("kill", "-s", name, String.valueOf(pid)).status()).isZero();
  }

  /** Findings that are alive in a process. */
  private static int findings(long pid) throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Command.Result histogram =
        Command.run(
            List.of(jcmd.toString(), String.valueOf(pid), "GC.class_histogram"),
            DirectorLab.PATIENCE);
    assertThat(histogram.status()).as(histogram.err()).isZero();
    return histogram
        .out()
        .lines()
        .filter(
            line -> line.matches(".* org\\.jlvs\\.monitor\\.supervise\\.Finding\\$Checked\\b.*"))
        .mapToInt(line -> Integer.parseInt(line.strip().split("\\s+")[1]))
        .sum();
  }
}
