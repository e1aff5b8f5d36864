package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.net.Family;

/** Whatever is typed is refused in words, or leaves rules that can be typed again. */
class IptablesCommandFuzzTest {
  private static final int MOST_COMMANDS = 50;
  private static final List<String> LIST = List.of("iptables", "-t", "mangle", "-S");

  /**
   * @param text a command a line, the words of which are separated by blanks; quotes are left out,
   *     as {@code -S} writes names of chains as they are
   */
  @FuzzTest(maxDuration = "24h")
  void everyCommandIsRefusedOrCanBeTypedAgain(byte[] text) {
    List<String> lines =
        new String(text, StandardCharsets.UTF_8)
            .replace("\"", "")
            .lines()
            .limit(MOST_COMMANDS)
            .toList();
    for (Family family : Family.values()) {
      MangleTable table = new MangleTable(family);
      for (String line : lines) {
        List<String> words = new ArrayList<>(List.of("iptables", "-t", "mangle"));
        words.addAll(List.of(line.split(" ")));
        IptablesCommand.Result result = IptablesCommand.apply(words, table);
        assertThat(result.exitCode()).isBetween(0, 2);
        assertThat(result.err().isEmpty()).isEqualTo(result.exitCode() == 0);
      }
      String listing = IptablesCommand.apply(LIST, table).out();
      assertThat(IptablesCommand.apply(LIST, typedAgain(listing, family)).out()).isEqualTo(listing);
      IptablesSaveFuzzTest.play(new MarkRuleSet(List.of(table.snapshot()), HostFacts.NONE));
    }
  }

  private static MangleTable typedAgain(String listing, Family family) {
    MangleTable table = new MangleTable(family);
    for (String line : listing.lines().toList()) {
      try {
        List<String> words = new ArrayList<>(List.of("iptables", "-t", "mangle"));
        words.addAll(Words.split(line));
        IptablesCommand.Result result = IptablesCommand.apply(words, table);
        assertThat(result.err()).as(line).isEmpty();
      } catch (RuleSyntaxException e) {
        throw new AssertionError(line, e);
      }
    }
    return table;
  }
}
