package org.jlvs.linux.netfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jlvs.linux.VethPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("system")
class LegacyTableSystemTest {
  @ParameterizedTest
  @EnumSource
  void everyChangeOfARuleIsSeenButNotItsCounters(LegacyTable.Family family) throws Exception {
    boolean ipv4 = family == LegacyTable.Family.IPV4;
    String tool = ipv4 ? "/usr/sbin/iptables-legacy" : "/usr/sbin/ip6tables-legacy";
    assumeTrue(Files.exists(Path.of(tool)), tool + " is not installed");
    try (VethPair pair = VethPair.create()) {
      assertThat(read(pair, family)).as("not created by asking").isNull();
      assertThat(read(pair, family)).isNull();

      mark(pair, tool, "-A", "10");
      LegacyTable first = read(pair, family);
      assertThat(first.entries()).isGreaterThan(1);
      pair.exec("left", "ping", "-c", "2", "-i", "0.2", ipv4 ? "10.9.0.2" : "fd09::2");
      assertThat(pair.exec("left", tool, "-t", "mangle", "-L", "OUTPUT", "-v", "-n"))
          .as("the rule has counted")
          .containsPattern("\\n +[1-9]");
      assertThat(read(pair, family)).isEqualTo(first);

      mark(pair, tool, "-A", "11");
      LegacyTable second = read(pair, family);
      assertThat(second.entries()).isEqualTo(first.entries() + 1);

      mark(pair, tool, "-D", "11");
      assertThat(read(pair, family)).isEqualTo(first);

      mark(pair, tool, "-D", "10");
      mark(pair, tool, "-A", "12");
      LegacyTable third = read(pair, family);
      assertThat(third.entries()).isEqualTo(first.entries());
      assertThat(third.bytes()).isEqualTo(first.bytes());
      assertThat(third.checksum()).isNotEqualTo(first.checksum());
    }
  }

  private static void mark(VethPair pair, String tool, String action, String mark)
      throws Exception {
    pair.exec("left", tool, "-t", "mangle", action, "OUTPUT", "-j", "MARK", "--set-mark", mark);
  }

  private static LegacyTable read(VethPair pair, LegacyTable.Family family) throws Exception {
    return pair.left().run(() -> LegacyTable.read(family, "mangle")).orElse(null);
  }
}
