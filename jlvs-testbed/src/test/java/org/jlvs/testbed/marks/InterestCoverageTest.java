package org.jlvs.testbed.marks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.IptablesSave;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterestCoverageTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyMarkedPacketIsOfInterest(long seed) throws Exception {
    Random random = new Random(seed);
    int marked = 0;
    for (int i = 0; i < 200; i++) {
      String listing = new RandomRules(random).listing(12);
      MarkRuleSet rules = new MarkRuleSet(IptablesSave.parse(listing, Family.IPV4), HostFacts.NONE);
      List<Interest> interests = rules.interests();
      for (int j = 0; j < 100; j++) {
        Flow flow = RandomRules.flow(random);
        if (rules.mark(flow) != 0) {
          marked++;
          Interest packet =
              new Interest(Optional.of(flow.destination()), flow.protocol, flow.destinationPort);
          assertThat(interests).as(listing).anyMatch(interest -> interest.includes(packet));
        }
      }
    }
    assertThat(marked).isPositive();
  }
}
