package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;

/** Whatever is taken for a listing of {@code ipset save} is refused in words, or can be asked. */
class IpSetSaveFuzzTest {
  private static final List<Side> SIDES = List.of(Side.DESTINATION, Side.DESTINATION, Side.SOURCE);

  @FuzzTest(maxDuration = "24h")
  void everyListingIsRefusedOrCanBeAsked(byte[] text) {
    String listing = new String(text, StandardCharsets.UTF_8);
    IpSetSave.members(listing);
    try {
      Map<String, HostFacts.IpSet> sets = IpSetSave.parse(listing);
      Flow flow = new Flow();
      flow.protocol = 6;
      flow.source(Address.of("10.0.0.1"));
      flow.destination(Address.of("10.0.0.100"));
      flow.destinationPort = 80;
      Evaluation packet = new Evaluation();
      packet.start(flow, HostFacts.NONE);
      sets.values().forEach(set -> ask(set, packet));
    } catch (RuleSyntaxException e) {
      assertThat(e.reason()).startsWith("line ");
    }
  }

  private static void ask(HostFacts.IpSet set, Evaluation packet) {
    boolean holds = set.contains(packet, SIDES, false);
    assertThat(set.fewDestinations(SIDES).map(all -> all.size() <= 256).orElse(true)).isTrue();
    if (holds) {
      assertThat(set.fewDestinations(SIDES))
          .matches(few -> few.isEmpty() || few.get().contains(packet.flow.destination()));
      assertThat(set.fewDestinationPorts(SIDES))
          .matches(few -> few.isEmpty() || few.get().contains(packet.flow.destinationPort));
    }
    set.contains(packet, List.of(), true);
  }
}
