package org.jlvs.core.mark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.jlvs.core.mark.IptablesCommand.Result;
import org.jlvs.core.net.Family;
import org.junit.jupiter.api.Test;

class IptablesCommandTest {
  private record Recorded(String command, String out, String err, int exitCode) {}

  /**
   * What iptables 1.8.9 answered, command by command on the same table: {@code $ command}, {@code <
   * output}, {@code ! error output}, {@code = exit code}.
   */
  private static List<Recorded> recorded() throws IOException {
    List<Recorded> all = new ArrayList<>();
    String command = "";
    StringBuilder out = new StringBuilder();
    StringBuilder err = new StringBuilder();
    try (InputStream in =
        Objects.requireNonNull(
            IptablesCommandTest.class.getResourceAsStream("iptables-1.8.9-legacy.txt"))) {
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        String rest = line.substring(2);
        switch (line.charAt(0)) {
          case '$' -> command = rest;
          case '<' -> out.append(rest).append('\n');
          case '!' -> err.append(rest.isBlank() ? "" : rest + "\n");
          default -> {
            all.add(new Recorded(command, out.toString(), err.toString(), Integer.parseInt(rest)));
            out.setLength(0);
            err.setLength(0);
          }
        }
      }
    }
    return all;
  }

  @Test
  void answersAsIptablesDid() throws Exception {
    MangleTable ipv4 = new MangleTable(Family.IPV4);
    MangleTable ipv6 = new MangleTable(Family.IPV6);
    SoftAssertions softly = new SoftAssertions();
    for (Recorded recorded : recorded()) {
      List<String> words = new ArrayList<>(Words.split(recorded.command));
      words.addAll(1, List.of("-t", "mangle"));
      Result result =
          IptablesCommand.apply(words, words.getFirst().equals("iptables") ? ipv4 : ipv6);
      softly
          .assertThat(result)
          .as(recorded.command)
          .isEqualTo(new Result(recorded.exitCode, recorded.out, recorded.err));
    }
    softly.assertAll();
  }

  @Test
  void refusesWhatCanNotBeEvaluated() {
    MangleTable table = new MangleTable(Family.IPV4);
    Result result =
        IptablesCommand.apply(
            List.of("iptables", "-t", "mangle", "-A", "PREROUTING", "-m", "limit", "-j", "ACCEPT"),
            table);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("iptables v1.8.9 (legacy): match `limit' can't be evaluated by the director\n");
    assertThat(table.snapshot()).isEqualTo(new MangleTable(Family.IPV4).snapshot());
  }

  @Test
  void refusesOtherTables() {
    Result result =
        IptablesCommand.apply(
            List.of("iptables", "-A", "INPUT", "-j", "DROP"), new MangleTable(Family.IPV4));
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("not in `filter' (say -t mangle)");
  }
}
