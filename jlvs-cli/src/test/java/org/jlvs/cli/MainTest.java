package org.jlvs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process of its own, with no director to ask. */
class MainTest {
  private static final String NO_DIRECTOR =
      "no director runs in this network namespace: start one with `jlvs director`\n";

  @TempDir Path runDirectory;

  private record Answer(int exitCode, String out, String err) {}

  @Test
  void versionNeedsNoDirector() throws Exception {
    assertThat(jlvs("ipvsadm", "-v"))
        .isEqualTo(
            new Answer(0, "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n", ""));
  }

  @Test
  void misuseIsToldBeforeThatThereIsNoDirector() throws Exception {
    assertThat(jlvs("ipvsadm", "-A", "-t", "10.0.0.100"))
        .isEqualTo(new Answer(2, "", "Zero port specified for non-persistent service\n"));
  }

  @Test
  void aCommandThatNeedsADirectorSaysThatThereIsNone() throws Exception {
    assertThat(jlvs("ipvsadm", "-Ln")).isEqualTo(new Answer(2, "", "ipvsadm: " + NO_DIRECTOR));
    assertThat(jlvs("ipvsadm", "-Lnc")).isEqualTo(new Answer(2, "", "ipvsadm: " + NO_DIRECTOR));
    assertThat(jlvs("status")).isEqualTo(new Answer(2, "", "status: " + NO_DIRECTOR));
  }

  private Answer jlvs(String... words) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JLVS_RUN_DIR", runDirectory.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), out, err);
  }
}
