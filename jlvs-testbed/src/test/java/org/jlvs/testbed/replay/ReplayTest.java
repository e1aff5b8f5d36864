package org.jlvs.testbed.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
  private static final String META =
      "{\"t\": \"meta\", \"name\": \"own\", \"sysctl\": [], \"setup\": [], \"at\": 0.0}";

  @TempDir private Path folder;

  private record Answer(int exitCode, String out, String err) {}

  private static Answer replay(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Replay.run(
            List.of(arguments),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Answer(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static Path recorded(String name) throws Exception {
    return Path.of(Objects.requireNonNull(ReplayTest.class.getResource("traces/" + name)).toURI());
  }

  private Path trace(String... lines) throws IOException {
    return Files.write(folder.resolve("own.jsonl"), List.of(lines));
  }

  @Test
  void aTraceThatAgreesIsOk() throws Exception {
    assertThat(replay(recorded("tcp-nat.jsonl").toString()))
        .isEqualTo(new Answer(0, "tcp-nat: ok\n", ""));
  }

  @Test
  void anEmittedTraceHasTheRecordersFormat() throws Exception {
    Path trace = recorded("icmp-dr.jsonl");
    Answer answer = replay("--emit", trace.toString());
    assertThat(answer.exitCode()).isZero();
    assertThat(answer.out().lines().toList())
        .filteredOn(line -> !line.contains("-Lnc"))
        .isEqualTo(
            Files.readAllLines(trace).stream().filter(line -> !line.contains("-Lnc")).toList());
  }

  /** What a shell does with the output and the end of commands, the machine's files included. */
  @Test
  void commandsMayBeAShells() throws Exception {
    Path trace =
        trace(
            META,
            command("modprobe ip_vs_rr && ipvsadm -A -t 10.0.0.100:80 -s rr", ""),
            command(
                "ipvsadm -Sn > /tmp/a; ipvsadm -C; ipvsadm -R < /tmp/a && echo 'a;b|c'", "a;b|c"),
            command("ipvsadm -Sn; false || cat /tmp/a", "-A -t 10.0.0.100:80 -s rr", 2),
            command("ipvsadm -a -t 10.0.0.9:80 -r 10.1.0.1 2>/dev/null || true", ""),
            command("echo 1 > /proc/sys/net/ipv4/vs/sloppy_tcp", ""),
            command(
                "cat /proc/sys/net/ipv4/vs/sloppy_tcp >> /tmp/a; cat < /tmp/a | cat",
                "-A -t 10.0.0.100:80 -s rr\\n1"));
    assertThat(replay(trace.toString())).isEqualTo(new Answer(0, "own: ok\n", ""));
    assertThat(replay(trace(META, command("echo $HOME", "/root")).toString()).exitCode())
        .isEqualTo(1);
  }

  private static String command(String line, String output) {
    return command(line, output, 1);
  }

  private static String command(String line, String output, int times) {
    String out = output.isEmpty() ? "" : (output + "\\n").repeat(times);
    return "{\"t\": \"cmd\", \"cmd\": \"%s\", \"rc\": 0, \"out\": \"%s\", \"err\": \"\", \"at\": 0.1}"
        .formatted(line, out);
  }

  @Test
  void theFirstDifferenceIsShownWithWhatWasExpected() throws Exception {
    List<String> lines = Files.readAllLines(recorded("sched-rr-111.jsonl"));
    List<String> changed =
        lines.stream()
            .map(
                line ->
                    line.replace(
                        "ipvsadm -A -t 10.0.0.100:80 -s rr", "ipvsadm -A -t 10.0.0.100:80 -s fo"))
            .toList();
    Answer answer = replay(Files.write(folder.resolve("changed.jsonl"), changed).toString());
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out())
        .startsWith("changed: differs\nline 7: frame 2 from c0: 198.18.0.2:")
        .contains("  expected:\n    rs2: ", "  got:\n    rs3: ");
  }

  @Test
  void commandsAloneMakeATrace() throws IOException {
    Path trace =
        trace(
            "{\"t\":\"cmd\",\"cmd\":\"ipvsadm -A -t 10.0.0.100:80 -s wlc\",\"rc\":0,\"out\":\"\",\"err\":\"\"}",
            "{\"t\":\"cmd\",\"cmd\":\"ipvsadm -Sn | ipvsadm -R\",\"rc\":0,\"out\":\"\",\"err\":\"\"}",
            "{\"t\":\"cmd\",\"cmd\":\"cat /proc/net/ip_vs_conn_sync\",\"rc\":0,\"out\":\"\",\"err\":\"\"}");
    Answer answer = replay("--emit", trace.toString());
    assertThat(answer.out()).contains("Service already exists").contains("Origin Expires");
  }

  @Test
  void anUnknownCommandSaysSo() throws IOException {
    Path trace = trace("{\"t\":\"cmd\",\"cmd\":\"reboot\",\"rc\":0,\"out\":\"\",\"err\":\"\"}");
    Answer answer = replay(trace.toString());
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.out()).contains("the simulated machine does not know the command reboot");
  }

  @Test
  void aFileThatIsNoTraceIsNamedWithTheLine() throws IOException {
    Path trace = trace("{\"t\":\"note\",\"text\":\"\"}", "{\"t\":");
    Answer answer = replay(trace.toString());
    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.err()).contains("own.jsonl line 2 is not a line of a trace");
  }

  @Test
  void misuseIsExplained() {
    assertThat(replay())
        .isEqualTo(new Answer(2, "", "replay: no trace given; usage: replay [--emit] TRACE...\n"));
    assertThat(replay("--emti", "x").err()).contains("unknown option --emti");
    assertThat(replay("/nonexistent.jsonl").exitCode()).isEqualTo(2);
  }
}
