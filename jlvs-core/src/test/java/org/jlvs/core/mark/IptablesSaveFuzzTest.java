package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;

/** Whatever is taken for a listing of {@code iptables-save} is refused in words, or works. */
class IptablesSaveFuzzTest {
  private static final String[][] ENDS = {
    {"10.0.0.1", "10.0.0.100"}, {"192.168.0.7", "224.0.0.1"}, {"fd00::1", "fd00::100"}
  };

  @FuzzTest(maxDuration = "24h")
  void everyListingIsRefusedOrWorks(byte[] text) {
    String listing = new String(text, StandardCharsets.UTF_8);
    for (Family family : Family.values()) {
      try {
        play(new MarkRuleSet(IptablesSave.parse(listing, family), HostFacts.NONE));
      } catch (RuleSyntaxException e) {
        assertThat(e.reason()).startsWith("line ");
      }
    }
  }

  /** What gets a mark has to be among the interests, or the kernel program would not send it up. */
  static void play(MarkRuleSet rules) {
    for (String[] ends : ENDS) {
      for (int protocol : new int[] {6, 17}) {
        Flow flow = new Flow();
        flow.source(Address.of(ends[0]));
        flow.destination(Address.of(ends[1]));
        flow.family = flow.destination().family();
        flow.protocol = protocol;
        flow.sourcePort = 1024;
        flow.destinationPort = 80;
        flow.tcpFlags = protocol == 6 ? 2 : 0;
        flow.length = 60;
        if (rules.mark(flow) != 0) {
          Interest packet = new Interest(Optional.of(flow.destination()), protocol, 80);
          assertThat(rules.interests()).anyMatch(interest -> interest.includes(packet));
        }
        rules.explain(flow);
      }
    }
    assertThat(rules.rules()).allMatch(rule -> rule.hits() <= 6);
  }
}
