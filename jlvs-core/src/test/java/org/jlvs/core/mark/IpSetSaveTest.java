package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpSetSaveTest {
  /** As ipset 7.17 printed them. */
  private static final String LISTING =
      """
      create ip4 hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x6e4f6a90
      add ip4 10.0.0.4
      add ip4 10.0.0.6
      create ip4m hash:ip family inet hashsize 1024 maxelem 65536 netmask 24 timeout 300 counters comment skbinfo bucketsize 12 initval 0x670b80db
      add ip4m 10.1.3.0 timeout 0 packets 0 bytes 0 comment "a b" skbmark 0x1/0xff
      create ip4b hash:ip family inet hashsize 1024 maxelem 65536 bitmask 255.0.255.0 bucketsize 12 initval 0x683bec92
      add ip4b 10.0.2.0
      create ip6m hash:ip family inet6 hashsize 1024 maxelem 65536 netmask 64 bucketsize 12 initval 0x63f0f900
      add ip6m fd00::
      create net4 hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00750486
      add net4 10.0.0.0/8
      add net4 1.2.3.4
      add net4 10.1.0.0/16 nomatch
      create ipp hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xa03cbc6c
      add ipp 10.0.0.1,icmp:echo-request
      add ipp 10.0.0.2,sctp:80
      add ipp 10.0.0.1,udp:53
      add ipp 10.0.0.1,gre:0
      add ipp 10.0.0.1,tcp:80
      create ippn hash:ip,port,net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xb124b93b
      add ippn 10.0.0.1,tcp:80,10.0.0.7 nomatch
      add ippn 10.0.0.1,tcp:80,10.0.0.0/24
      create netif hash:net,iface family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd54d1f08
      add netif 10.0.0.0/25,physdev:eth1
      add netif 10.0.0.128/26,eth wildcard
      add netif 10.0.0.0/16,eth0
      create mark hash:ip,mark family inet markmask 0x0000000f hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd54d1f08
      add mark 10.0.0.1,0x00000005
      create bip bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24
      add bip 10.0.3.0
      create macs hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd54d1f08
      add macs 02:00:00:00:00:01
      create bp bitmap:port range 0-1024
      add bp 80
      add bp 443
      create ls list:set size 8
      add ls ip4
      add ls bp
      create broken list:set size 8
      add broken ip4
      add broken macs
      create bad hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x6e4f6a90
      add bad 10.0.0.400
      """;

  private static Map<String, HostFacts.IpSet> sets() {
    try {
      return IpSetSave.parse(LISTING);
    } catch (RuleSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HostFacts.IpSet set(String name) {
    return Objects.requireNonNull(sets().get(name));
  }

  private static final HostFacts HOST =
      new HostFacts() {
        @Override
        public String interfaceName(int index) {
          return "eth" + index;
        }

        @Override
        public boolean isLocal(org.jlvs.core.net.Family family, long high, long low) {
          return false;
        }

        @Override
        public IpSet ipSet(String name) {
          return sets().get(name);
        }
      };

  private static List<Side> sides(String text) {
    return Numbers.list(text).stream()
        .map(side -> side.equals("src") ? Side.SOURCE : Side.DESTINATION)
        .toList();
  }

  /** A packet of mark 0x35 from eth0, as {@code "tcp 10.0.0.1 1000 > 10.0.0.100 80"}. */
  private static Evaluation packet(String text) throws RuleSyntaxException {
    String[] words = text.split(" ");
    Flow flow = new Flow();
    flow.protocol = Numbers.protocol(words[0]);
    flow.family = Address.of(words[1]).family();
    flow.source(Address.of(words[1]));
    flow.sourcePort = Integer.parseInt(words[2]);
    flow.destination(Address.of(words[4]));
    flow.destinationPort = Integer.parseInt(words[5]);
    Evaluation packet = new Evaluation();
    packet.start(flow, HOST);
    packet.mark = 0x35;
    return packet;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ip4   | src         | tcp 10.0.0.4 1 > 9.9.9.9 2   | true
          ip4   | dst         | tcp 10.0.0.4 1 > 9.9.9.9 2   | false
          ip4   | src         | tcp fd00::4 1 > fd00::5 2    | false
          ip4m  | src         | tcp 10.1.3.200 1 > 9.9.9.9 2 | true
          ip4m  | src         | tcp 10.1.4.200 1 > 9.9.9.9 2 | false
          ip4b  | src         | tcp 10.77.2.9 1 > 9.9.9.9 2  | true
          ip6m  | dst         | tcp fd00::4 1 > fd00::5 2    | true
          ip6m  | dst         | tcp fd00::4 1 > fd00:1::5 2  | false
          net4  | dst         | tcp 9.9.9.9 1 > 10.2.0.1 2   | true
          net4  | dst         | tcp 9.9.9.9 1 > 10.1.0.1 2   | false
          net4  | dst         | tcp 9.9.9.9 1 > 1.2.3.4 2    | true
          ipp   | dst,dst     | tcp 9.9.9.9 1 > 10.0.0.1 80  | true
          ipp   | dst,dst     | udp 9.9.9.9 1 > 10.0.0.1 80  | false
          ipp   | dst,src     | udp 9.9.9.9 53 > 10.0.0.1 80 | true
          ipp   | dst         | tcp 9.9.9.9 1 > 10.0.0.1 80  | false
          ipp   | dst,dst     | sctp 9.9.9.9 1 > 10.0.0.2 80 | true
          ipp   | dst,dst     | gre 9.9.9.9 0 > 10.0.0.1 0   | true
          ippn  | dst,dst,src | tcp 10.0.0.9 1 > 10.0.0.1 80 | true
          ippn  | dst,dst,src | tcp 10.0.0.7 1 > 10.0.0.1 80 | false
          netif | src,src     | tcp 10.0.5.1 1 > 9.9.9.9 80  | true
          netif | src,src     | tcp 10.0.0.1 1 > 9.9.9.9 80  | false
          netif | src,src     | tcp 10.0.0.129 1 > 9.9.9.9 8 | true
          netif | src,dst     | tcp 10.0.5.1 1 > 9.9.9.9 80  | false
          mark  | src,src     | tcp 10.0.0.1 1 > 9.9.9.9 80  | true
          mark  | src,src     | tcp 10.0.0.2 1 > 9.9.9.9 80  | false
          bip   | src         | tcp 10.0.3.7 1 > 9.9.9.9 80  | true
          bip   | src         | tcp 10.0.4.7 1 > 9.9.9.9 80  | false
          bp    | dst         | tcp 10.0.3.7 1 > 9.9.9.9 443 | true
          bp    | dst         | udp fd00::4 1 > fd00::5 80   | true
          bp    | dst         | sctp 9.9.9.9 1 > 9.9.9.8 80  | false
          ls    | dst         | tcp 9.9.9.9 1 > 10.0.0.6 81  | true
          ls    | dst         | tcp 9.9.9.9 1 > 10.0.0.7 80  | true
          ls    | dst         | tcp 9.9.9.9 1 > 10.0.0.7 81  | false
          """)
  void holdsWhatTheKernelsSetHolds(String name, String sides, String packet, boolean holds)
      throws Exception {
    assertThat(set(name).unreadable()).isEmpty();
    assertThat(set(name).contains(packet(packet), sides(sides), false)).isEqualTo(holds);
  }

  @Test
  void tellsExceptionsApartWhenAskedForThem() throws Exception {
    assertThat(set("net4").contains(packet("tcp 9.9.9.9 1 > 10.1.0.1 2"), sides("dst"), true))
        .isTrue();
    assertThat(set("net4").contains(packet("tcp 9.9.9.9 1 > 10.2.0.1 2"), sides("dst"), true))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          macs   | it is of type hash:mac, and the director does not compare Ethernet addresses
          broken | it is of type hash:mac, and the director does not compare Ethernet addresses
          bad    | its entry 10.0.0.400 can't be read: `10.0.0.400' is no address of the set
          """)
  void saysWhyASetCanNotBeAsked(String name, String reason) throws Exception {
    assertThat(set(name).unreadable()).contains(reason);
    assertThat(set(name).contains(packet("tcp 9.9.9.8 1 > 9.9.9.9 2"), sides("src"), false))
        .isFalse();
  }

  @Test
  void namesTheFewAddressesAndPortsItIsAbout() {
    assertThat(set("ip4").fewDestinations(sides("dst")))
        .contains(Set.of(Address.of("10.0.0.4"), Address.of("10.0.0.6")));
    assertThat(set("ip4").fewDestinations(sides("src"))).isEmpty();
    assertThat(set("ip4m").fewDestinations(sides("dst"))).isEmpty();
    assertThat(set("net4").fewDestinations(sides("dst"))).isEmpty();
    assertThat(set("bp").fewDestinationPorts(sides("dst"))).contains(Set.of(80, 443));
    assertThat(set("ls").fewDestinations(sides("dst"))).isEqualTo(Optional.empty());
  }

  @Test
  void narrowsWhatTheProgramSendsUpToTheSetsAddresses() throws Exception {
    String listing =
        "*mangle\n:PREROUTING ACCEPT [0:0]\n"
            + "-A PREROUTING -p tcp -m set --match-set ip4 dst -m set --match-set bp dst"
            + " -j MARK --set-mark 1\nCOMMIT\n";
    MarkRuleSet rules =
        new MarkRuleSet(IptablesSave.parse(listing, org.jlvs.core.net.Family.IPV4), HOST);
    assertThat(rules.interests())
        .extracting(Object::toString)
        .hasSize(4)
        .allMatch(text -> text.contains("10.0.0.4") || text.contains("10.0.0.6"));
  }

  @Test
  void findsTheMembersOfSetsOfSets() {
    assertThat(IpSetSave.members(LISTING)).containsExactly("ip4", "bp", "ip4", "macs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "create a", "add a 10.0.0.1", "create a hash:ip netmask 99"})
  void refusesWhatIsNoListing(String text) {
    assertThat(catchThrowableOfType(RuleSyntaxException.class, () -> IpSetSave.parse(text)))
        .isNotNull()
        .satisfies(e -> assertThat(e.reason()).startsWith("line 1: "));
  }
}
