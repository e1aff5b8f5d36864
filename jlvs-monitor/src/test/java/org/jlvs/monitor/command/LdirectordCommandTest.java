package org.jlvs.monitor.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command does without a process that runs. */
final class LdirectordCommandTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... words) throws InterruptedException {
    Environment host = LdirectordProcess.environment(directory);
    out.reset();
    err.reset();
    return LdirectordCommand.run(
        List.of(words),
        new Environment(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            host.tables(),
            host.pings(),
            host.associations(),
            host.syslog(),
            host.clock(),
            new TestNames(),
            host.signals(),
            host.places(),
            directory,
            List.of()));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8).replaceAll("\\[\\d+\\]", "[PID]");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("ld.cf"), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bogus", "ld.cf bogus", "--bogus start", "a b start"})
  void wrongUsageIsExplained(String line) throws Exception {
    assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(255);
    assertThat(err()).startsWith("ldirectord: ").contains("Usage:");
    assertThat(out()).isEmpty();
  }

  @Test
  void helpAndVersionArePrinted() throws Exception {
    assertThat(run("--help")).isZero();
    assertThat(out()).startsWith("Usage:");
    assertThat(run("-v")).isZero();
    assertThat(out()).contains("4.12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "status", "configtest", "restart"})
  void aFileThatIsNotThereIsNamed(String command) throws Exception {
    assertThat(run("none.cf", command)).isEqualTo(1);
    assertThat(err()).isEqualTo("Config file " + directory.resolve("none.cf") + " not found\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "status", "configtest", "restart"})
  void aWrongFileIsExplainedByLineAndColumn(String command) throws Exception {
    Path file = write("checktimeout=3\nchekinterval=2\n");
    assertThat(run("ld.cf", command)).isEqualTo(2);
    assertThat(err())
        .isEqualTo(
            "Error [PID] reading file "
                + file
                + " at line 2, column 1: unknown global directive chekinterval; did you mean"
                + " checkinterval?\n");
  }

  @Test
  void configtestTellsWhatIsValidAndWhatIsOdd() throws Exception {
    Path file =
        write(
            "emailalert=\"a@b\"\nvirtual=5\n\treal=10.0.0.1->10.0.0.3 gate\n\tservice=http\n"
                + "\tpersistent=5s\n");
    assertThat(run("ld.cf", "configtest")).isZero();
    assertThat(out()).isEqualTo(file + " is valid: 1 virtual server, 3 real servers\n");
    assertThat(err())
        .isEqualTo(
            "Warning reading file "
                + file
                + " at line 5, column 13: persistent=5s is taken as 5\n");
  }

  @Test
  void nothingRunsThatWasNotStarted() throws Exception {
    Path file = write("checktimeout=3\n");
    assertThat(run("ld.cf", "status")).isEqualTo(3);
    assertThat(out()).isEqualTo("ldirectord is stopped for " + file + "\n");
    assertThat(run("ld.cf", "stop")).isZero();
    assertThat(run("ld.cf", "try-restart")).isZero();
    assertThat(run("ld.cf", "reload")).isEqualTo(1);
    assertThat(err()).isEqualTo("ldirectord is stopped for " + file + "\n");
    assertThat(run("ld.cf", "force-reload")).isEqualTo(1);
  }

  @Test
  void aNumberLeftInAPidFileMisleadsNobody() throws Exception {
    write("checktimeout=3\n");
    Path pidFile = directory.resolve("ldirectord.ld.cf.pid");
    Long stranger = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(2L);
    for (String left : List.of("1\n", stranger + "\n", "garbage")) {
      Files.writeString(pidFile, left);
      assertThat(run("ld.cf", "status")).as(left).isEqualTo(1);
      assertThat(err())
          .isEqualTo(
              "ldirectord stale pid file " + pidFile + " for " + directory.resolve("ld.cf") + "\n");
      assertThat(run("ld.cf", "stop")).isZero();
      assertThat(run("ld.cf", "reload")).isEqualTo(1);
    }
  }

  @Test
  void aLogFileThatCannotBeWrittenIsNamed() throws Exception {
    write("logfile=\"/nonexistent/log\"\n");
    assertThat(run("ld.cf", "start")).isEqualTo(2);
    assertThat(err()).isEqualTo("ldirectord: unable to open logfile: /nonexistent/log\n");
  }
}
