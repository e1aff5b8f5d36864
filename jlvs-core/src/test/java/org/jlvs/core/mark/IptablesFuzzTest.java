package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random words and damaged listings: nothing crashes or hangs. */
class IptablesFuzzTest {
  private static final String[] WORDS = {
    "-A",
    "-I",
    "-D",
    "-N",
    "-X",
    "-F",
    "-P",
    "-E",
    "-R",
    "-S",
    "PREROUTING",
    "INPUT",
    "a",
    "b",
    "c",
    "!",
    "-s",
    "-d",
    "-p",
    "-i",
    "-o",
    "-j",
    "-g",
    "-m",
    "-f",
    "tcp",
    "udp",
    "icmp",
    "all",
    "10.0.0.1",
    "10.0.0.0/24",
    "1.2.3.4/255.0.255.0",
    "::1",
    "/",
    ",",
    "0",
    "1",
    "80",
    "80:90",
    "65535",
    "65536",
    "-1",
    "0x",
    "0xff",
    "99999999999999999999",
    "multiport",
    "--dports",
    "--dport",
    "--sport",
    "1,2,3:4",
    "MARK",
    "CONNMARK",
    "--set-mark",
    "--set-xmark",
    "1/2",
    "--or-mark",
    "ACCEPT",
    "DROP",
    "RETURN",
    "mark",
    "--mark",
    "comment",
    "--comment",
    "\"x",
    "\"a b\"",
    "state",
    "--state",
    "NEW",
    "set",
    "--match-set",
    "src,dst",
    "iprange",
    "--src-range",
    "1.1.1.1-1.1.1.9",
    "length",
    "--length",
    "--tcp-flags",
    "ALL",
    "SYN",
    "--syn",
    "-t",
    "mangle",
    "--",
    "-",
    "",
    "=",
    "--x=y",
    "addrtype",
    "--dst-type",
    "LOCAL",
    "\\",
    "*",
    ":"
  };

  private final MangleTable table = new MangleTable(Family.IPV4);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void commandsOfRandomWordsAreAnsweredAndLeaveAnEvaluableTable(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      List<String> words = new ArrayList<>(List.of("iptables", "-t", "mangle"));
      int count = 1 + random.nextInt(12);
      for (int j = 0; j < count; j++) {
        words.add(WORDS[random.nextInt(WORDS.length)]);
      }
      IptablesCommand.Result result = IptablesCommand.apply(words, table);
      assertThat(result.exitCode() == 0)
          .as("%s: %s", words, result)
          .isEqualTo(result.err().isEmpty());
      if (i % 100 == 0) {
        new MarkRuleSet(List.of(table.snapshot()), HostFacts.NONE).mark(flow(random));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedListingsAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    String good =
        """
        *mangle
        :PREROUTING ACCEPT [0:0]
        :a - [0:0]
        -A PREROUTING -s 10.0.0.0/8 -d 10.0.0.100/32 -p tcp -m multiport --dports 80,443 -j MARK --set-xmark 0xa/0xffffffff
        [1:2] -A PREROUTING -m comment --comment "a \\"b" ! -i eth+ -g a
        -A a -p tcp -m tcp ! --sport 5:6 --tcp-flags FIN,SYN SYN -m mark ! --mark 0x1/0x3 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0x1
        COMMIT
        """;
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder(good);
      for (int j = 1 + random.nextInt(8); j > 0; j--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, (char) random.nextInt(128));
          case 1 -> text.deleteCharAt(at);
          default -> text.insert(at, " " + WORDS[random.nextInt(WORDS.length)] + " ");
        }
      }
      try {
        new MarkRuleSet(IptablesSave.parse(text.toString(), Family.IPV4), HostFacts.NONE)
            .mark(flow(random));
      } catch (RuleSyntaxException e) {
        assertThat(e.reason()).startsWith("line ");
      }
    }
  }

  private static Flow flow(Random random) {
    Flow flow = new Flow();
    flow.protocol = random.nextInt(20);
    flow.source(Address.ipv4(random.nextInt()));
    flow.destination(Address.of("10.0.0.100"));
    flow.sourcePort = random.nextInt(1 << 16);
    flow.destinationPort = random.nextInt(100);
    return flow;
  }
}
