package org.jlvs.server.marks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.mark.RuleTable;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NftRulesetTest {
  /** Interface 2 is eth0; 10.0.0.9 is local. */
  private static final HostFacts HOST =
      new HostFacts() {
        @Override
        public @Nullable String interfaceName(int index) {
          return index == 2 ? "eth0" : null;
        }

        @Override
        public boolean isLocal(Family family, long high, long low) {
          return new Address(family, high, low).equals(Address.of("10.0.0.9"));
        }

        @Override
        public @Nullable IpSet ipSet(String name) {
          return null;
        }
      };

  private static String resource(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(NftRulesetTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /** The rule of the recorded listing whose text is this, alone in a base chain. */
  private static MarkRuleSet only(String text) throws Exception {
    String json = resource("ruleset.json");
    NftTexts texts = NftTexts.parse(resource("ruleset.txt"));
    RuleTable table = NftRuleset.parse(json, Set.of(), texts).getFirst();
    List<org.jlvs.core.mark.Chain> chains =
        table.chains().stream()
            .map(
                chain ->
                    chain.hook().isEmpty()
                        ? chain
                        : new org.jlvs.core.mark.Chain(
                            chain.name(),
                            chain.hook(),
                            false,
                            chain.rules().stream()
                                .filter(rule -> rule.text().equals(text))
                                .toList()))
            .toList();
    assertThat(chains.getFirst().rules()).as(text).isNotEmpty();
    return new MarkRuleSet(List.of(new RuleTable("inet lvs", table.families(), chains)), HOST);
  }

  /** A packet as {@code "tcp 10.0.0.1 1000 > 10.0.0.100 80"}; a SYN of 40 bytes from eth0. */
  private static Flow packet(String text) {
    String[] words = text.split(" ");
    Flow flow = new Flow();
    flow.protocol = words[0].equals("tcp") ? 6 : words[0].equals("udp") ? 17 : 1;
    flow.family = Address.of(words[1]).family();
    flow.source(Address.of(words[1]));
    flow.sourcePort = Integer.parseInt(words[2]);
    flow.destination(Address.of(words[4]));
    flow.destinationPort = Integer.parseInt(words[5]);
    flow.tcpFlags = flow.protocol == 6 ? 2 : 0;
    flow.inInterface = 2;
    flow.length = 40;
    return flow;
  }

  @ParameterizedTest(name = "{0} | {1} | {2}")
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          ip daddr @vips tcp dport { 80, 443, 8000-8080 } counter packets 0 bytes 0 meta mark set 0x0000000a accept ~ tcp 9.9.9.9 1 > 10.0.0.2 8001 ~ 10
          ip daddr @vips tcp dport { 80, 443, 8000-8080 } counter packets 0 bytes 0 meta mark set 0x0000000a accept ~ udp 9.9.9.9 1 > 10.0.0.2 8001 ~ 0
          ip daddr @vips tcp dport { 80, 443, 8000-8080 } counter packets 0 bytes 0 meta mark set 0x0000000a accept ~ tcp 9.9.9.9 1 > 10.0.0.3 8001 ~ 0
          ip daddr @nets udp dport 53 meta mark set 0x00000020          ~ udp 9.9.9.9 1 > 10.1.0.77 53      ~ 32
          ip daddr @nets udp dport 53 meta mark set 0x00000020          ~ udp 9.9.9.9 1 > 10.2.0.9 53       ~ 32
          ip daddr @nets udp dport 53 meta mark set 0x00000020          ~ udp 9.9.9.9 1 > 10.2.0.10 53      ~ 0
          ip daddr != 10.0.0.0/8 jump other                             ~ udp 9.9.9.9 1 > 11.2.0.10 53      ~ 3
          ip daddr != 10.0.0.0/8 jump other                             ~ udp 9.9.9.9 1 > 10.2.0.10 53      ~ 0
          ip daddr != 10.0.0.0/8 jump other                             ~ udp fd00::9 1 > fd00::1 53        ~ 0
          ip6 daddr @vips6 tcp dport 80 meta mark set 0x00000005        ~ tcp fd00::9 1 > fd00::1 80        ~ 5
          iifname "eth0" ip saddr 1.2.3.4-1.2.3.9 tcp dport != 80 goto other ~ tcp 1.2.3.9 1 > 10.0.0.1 81  ~ 3
          iifname "eth0" ip saddr 1.2.3.4-1.2.3.9 tcp dport != 80 goto other ~ tcp 1.2.3.9 1 > 10.0.0.1 80  ~ 0
          iifname "eth*" meta l4proto { tcp, udp } th dport 80-90 meta mark set meta mark | 0x00000004 ~ udp 1.2.3.9 1 > 10.0.0.1 90 ~ 4
          iifname "eth*" meta l4proto { tcp, udp } th dport 80-90 meta mark set meta mark | 0x00000004 ~ icmp 1.2.3.9 1 > 10.0.0.1 90 ~ 0
          ip daddr . tcp dport @svc meta mark set 0x00000006            ~ tcp 9.9.9.9 1 > 10.0.0.1 80       ~ 6
          ip daddr . tcp dport @svc meta mark set 0x00000006            ~ tcp 9.9.9.9 1 > 10.0.0.1 81       ~ 0
          tcp dport vmap { 80 : jump other, 443 : drop }                ~ tcp 9.9.9.9 1 > 10.0.0.1 80       ~ 3
          tcp dport vmap { 80 : jump other, 443 : drop }                ~ tcp 9.9.9.9 1 > 10.0.0.1 81       ~ 0
          meta mark set tcp dport map { 80 : 0x00000001, 443 : 0x00000002 } ~ tcp 9.9.9.9 1 > 10.0.0.1 443  ~ 2
          limit rate 10/second meta mark set 0x00000007                 ~ tcp 9.9.9.9 1 > 10.0.0.1 443      ~ 0
          meta nfproto ipv4 meta mark set meta mark | 0x00000100      ~ tcp 9.9.9.9 1 > 10.0.0.1 443      ~ 256
          meta nfproto ipv4 meta mark set meta mark | 0x00000100      ~ tcp fd00::1 1 > fd00::2 443       ~ 0
          fib daddr type local meta mark set 0x00000009                 ~ tcp 9.9.9.9 1 > 10.0.0.9 443      ~ 9
          ip daddr { 1.1.1.1, 2.2.2.0/24, 3.3.3.3-3.3.3.9 } meta mark set 0x0000000b ~ tcp 9.9.9.9 1 > 3.3.3.5 443 ~ 11
          meta length 40-100 log prefix "x" meta mark set 0x0000000c    ~ tcp 9.9.9.9 1 > 3.3.3.5 443       ~ 12
          ct state vmap { established : accept, new : jump other }      ~ tcp 9.9.9.9 1 > 3.3.3.5 443       ~ 3
          tcp sport >= 1024 meta mark set 0x00000003                    ~ tcp 9.9.9.9 1024 > 3.3.3.5 443    ~ 3
          tcp sport > 1024 meta mark set 0x00000003                     ~ tcp 9.9.9.9 1024 > 3.3.3.5 443    ~ 0
          tcp sport < 1024 meta mark set 0x00000003                     ~ tcp 9.9.9.9 1023 > 3.3.3.5 443    ~ 3
          ip saddr & 0.0.0.255 == 0.0.0.1 meta mark set 0x00000004      ~ tcp 9.9.9.1 1023 > 3.3.3.5 443    ~ 4
          """)
  void marksAsEachRuleSays(String rule, String packet, int mark) throws Exception {
    assertThat(only(rule).mark(packet(packet))).isEqualTo(mark);
  }

  @Test
  void tellsWhichRulesItCanNotEvaluateInNftsWords() throws Exception {
    MarkRuleSet rules =
        new MarkRuleSet(
            NftRuleset.parse(
                resource("ruleset.json"), Set.of(), NftTexts.parse(resource("ruleset.txt"))),
            HOST);
    assertThat(rules.unsupported())
        .extracting(rule -> rule.text() + ": " + rule.unsupported().orElse(""))
        .containsExactly(
            "limit rate 10/second meta mark set 0x00000007: the statement \"limit\" can't be evaluated by the director",
            "ip version 4 ip ttl 3 notrack: the statement \"notrack\" can't be evaluated by the director");
  }

  @Test
  void leavesOutBaseChainsThatAreListedElsewhere() throws Exception {
    assertThat(NftRuleset.parse(resource("ruleset.json"), Set.of("inet lvs pre"), NftTexts.NONE))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"nftables\": 1}", "{\"nftables\": [", "nonsense"})
  void refusesWhatIsNoListing(String text) {
    assertThat(
            catchThrowableOfType(
                RuleSyntaxException.class, () -> NftRuleset.parse(text, Set.of(), NftTexts.NONE)))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void damagedListingsAreReadOrRefused(long seed) throws Exception {
    Random random = new Random(seed);
    String good = resource("ruleset.json");
    for (int i = 0; i < 300; i++) {
      StringBuilder text = new StringBuilder(good);
      for (int j = 1 + random.nextInt(6); j > 0; j--) {
        int at = random.nextInt(text.length() - 40);
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, "0123456789abc\"{}[],:".charAt(random.nextInt(20)));
          case 1 -> text.delete(at, at + random.nextInt(20));
          default -> text.insert(at, good, at / 2, at / 2 + random.nextInt(40));
        }
      }
      try {
        new MarkRuleSet(NftRuleset.parse(text.toString(), Set.of(), NftTexts.NONE), HOST)
            .mark(packet("tcp 9.9.9.9 1 > 10.0.0.1 80"));
      } catch (RuleSyntaxException e) {
        assertThat(e.reason()).matches("(?s)not JSON: .*|expected an object .*");
      }
    }
  }
}
