package org.jlvs.testbed.dropin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IpvsadmDifferentialTest {
  @Test
  void equalSeedsMakeEqualSessionsThatHoldEveryKindOfCommandAndAnswer(@TempDir Path folder)
      throws IOException {
    List<Session> sessions = IpvsadmDifferential.random(1, 20);
    assertThat(IpvsadmDifferential.random(1, 20)).isEqualTo(sessions);

    Set<Integer> exitCodes = new HashSet<>();
    new CoreIpvsadm(KernelIpvsadm.writeNames(folder))
        .type(sessions)
        .forEach(answers -> answers.forEach(answer -> exitCodes.add(answer.exitCode())));
    assertThat(exitCodes).containsExactlyInAnyOrder(0, 1, 2, 255);
  }

  @Test
  void theGridLooksAtTheTableAfterEachCommandThatChangedIt() throws IOException {
    List<Session> grid = OptionGrid.sessions();

    assertThat(grid.stream().mapToInt(session -> session.commands().size()).sum())
        .isGreaterThan(10_000);
    Session edits =
        grid.stream()
            .filter(session -> session.name().endsWith("-E -t 10.0.0.100:80"))
            .findFirst()
            .orElseThrow();
    List<String> commands = edits.commands().stream().map(Typed::toString).toList();
    int edit = commands.indexOf("ipvsadm -E -t 10.0.0.100:80 -s=lc");
    assertThat(commands.subList(edit + 1, edit + 3))
        .containsExactly("ipvsadm -Sn", "ipvsadm -L --daemon");
  }

  @Test
  void differencesAreShownWithBothAnswers() {
    Session session = new Session("mine", List.of(Typed.of("ipvsadm -Ln"), Typed.of("ipvsadm -v")));
    List<Answer> original = List.of(new Answer(0, "a\n", ""), new Answer(0, "v\n", ""));
    List<Answer> ours = List.of(new Answer(1, "", "b\n"), new Answer(0, "v\n", ""));

    assertThat(Comparison.differences(session, original, ours))
        .containsExactly(
            """
            mine, command 1: ipvsadm -Ln
              the original: exit code 0
                a

              jlvs: exit code 1
                b
            """);
    assertThat(Comparison.differences(session, original, original)).isEmpty();
  }

  @Test
  void theOrderOfServicesInAnUnsortedListingIsNotCompared() {
    Session session = new Session("mine", List.of(Typed.of("ipvsadm -Ln --nosort")));
    List<Answer> original = List.of(new Answer(0, "head\nTCP a\n  -> 1\nUDP b\n", ""));
    List<Answer> otherOrder = List.of(new Answer(0, "head\nUDP b\nTCP a\n  -> 1\n", ""));
    List<Answer> otherServer = List.of(new Answer(0, "head\nUDP b\n  -> 1\nTCP a\n", ""));

    assertThat(Comparison.differences(session, original, otherOrder)).isEmpty();
    assertThat(Comparison.differences(session, original, otherServer)).hasSize(1);
  }

  @Test
  void misuseIsExplained() throws InterruptedException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        IpvsadmDifferential.run(
            List.of("--seeds", "x"),
            new PrintStream(new ByteArrayOutputStream()),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(exitCode).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "jlvs differential: --seeds wants a range of numbers like 1-200, not \"x\"; usage: jlvs"
                + " differential ipvsadm [--seeds A-B] [--grid] [--keep DIR]\n");
  }
}
