package org.jlvs.server.marks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;

/** Whatever is taken for a listing of {@code nft -j} is refused in words, or works. */
class NftRulesetFuzzTest {
  @FuzzTest(maxDuration = "24h")
  void everyListingIsRefusedOrWorks(byte[] text) {
    String listing = new String(text, StandardCharsets.UTF_8);
    NftTexts.parse(listing);
    try {
      MarkRuleSet rules =
          new MarkRuleSet(NftRuleset.parse(listing, Set.of(), NftTexts.NONE), HostFacts.NONE);
      Flow flow = new Flow();
      flow.protocol = 6;
      flow.source(Address.of("10.0.0.1"));
      flow.destination(Address.of("10.0.0.2"));
      flow.sourcePort = 1024;
      flow.destinationPort = 80;
      flow.tcpFlags = 2;
      flow.length = 60;
      if (rules.mark(flow) != 0) {
        Interest packet = new Interest(Optional.of(flow.destination()), 6, 80);
        assertThat(rules.interests()).anyMatch(interest -> interest.includes(packet));
      }
      rules.explain(flow);
    } catch (RuleSyntaxException e) {
      assertThat(e.reason()).matches("(?s)not JSON: .*|expected an object .*");
    }
  }
}
