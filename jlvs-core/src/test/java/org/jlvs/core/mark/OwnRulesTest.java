package org.jlvs.core.mark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnRulesTest {
  private final OwnRules rules = new OwnRules();

  private void add(Family family, String line) throws RuleSyntaxException {
    rules.add(family, List.of(line.split(" ")), Optional.empty());
  }

  private int mark(String destination, int port) {
    Flow flow = new Flow();
    flow.protocol = 6;
    flow.destination(Address.of(destination));
    flow.family = Address.of(destination).family();
    flow.source(Address.of(flow.family == Family.IPV4 ? "10.0.0.1" : "fd00::1"));
    flow.destinationPort = port;
    return new MarkRuleSet(rules.tables(), HostFacts.NONE).mark(flow);
  }

  @Test
  void marksWithoutATargetBeingNamed() throws Exception {
    add(Family.IPV4, "-d 10.0.0.9,10.0.0.10 -p tcp -m multiport --dports 80,443 --set-mark 10");
    add(Family.IPV6, "-d fd00::10 -p tcp --dport 80 --or-mark 3");
    assertThat(rules.list()).hasSize(3);
    assertThat(mark("10.0.0.10", 443)).isEqualTo(10);
    assertThat(mark("10.0.0.10", 444)).isZero();
    assertThat(mark("fd00::10", 80)).isEqualTo(3);
  }

  @Test
  void seesTheMarksOfTheHostsRules() throws Exception {
    add(Family.IPV4, "-m mark --mark 1 --set-mark 2");
    List<RuleTable> tables =
        new ArrayList<>(
            IptablesSave.parse(
                "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-mark 1\nCOMMIT\n",
                Family.IPV4));
    tables.addAll(0, rules.tables());
    assertThat(new MarkRuleSet(tables, HostFacts.NONE).mark(new Flow())).isEqualTo(2);
  }

  @Test
  void deletesByNumberOrByTheRule() throws Exception {
    add(Family.IPV4, "-p tcp --set-mark 1");
    add(Family.IPV6, "-p tcp --set-mark 1");
    add(Family.IPV4, "-p udp -j MARK --set-mark 1");
    rules.delete(Family.IPV6, List.of("-p", "tcp", "--set-mark", "0x1"));
    assertThat(rules.lines())
        .containsExactly(
            "-4 -p tcp -j MARK --set-xmark 0x1/0xffffffff",
            "-4 -p udp -j MARK --set-xmark 0x1/0xffffffff");
    rules.delete(1);
    assertThat(rules.lines()).containsExactly("-4 -p udp -j MARK --set-xmark 0x1/0xffffffff");
  }

  @Test
  void readsWhatItWrote() throws Exception {
    rules.add(
        Family.IPV4,
        List.of("-p", "tcp", "-m", "comment", "--comment", "a \"b\" \\ c", "--set-mark", "5"),
        Optional.empty());
    add(Family.IPV6, "-s fd00::/64 -m set --match-set a src,dst --and-mark 5");
    add(Family.IPV4, "-m conntrack --ctstate NEW -j ACCEPT");
    assertThat(OwnRules.read(rules.lines()).list()).isEqualTo(rules.list());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -p tcp --dport 80                | MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required
          -p tcp --dport 99999 --set-mark 1 | invalid port/service `99999' specified
          -d fd00::1 --set-mark 1           | host/network `fd00::1' not found
          -m limit --set-mark 1             | match `limit' can't be evaluated by the director
          --set-mark x                      | MARK: bad integer value for option "--set-mark", or out of range.
          -j other                          | Couldn't load target `other':No such file or directory
          """)
  void whatIsNoRuleChangesNothing(String line, String reason) {
    RuleSyntaxException refusal =
        catchThrowableOfType(RuleSyntaxException.class, () -> add(Family.IPV4, line));
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(rules.list()).isEmpty();
  }

  @Test
  void refusesPlacesAndNumbersThatAreNotThere() throws Exception {
    add(Family.IPV4, "-p tcp --set-mark 1");
    List<String> words = List.of("-p", "udp", "--set-mark", "1");
    assertThat(
            catchThrowableOfType(
                    RuleSyntaxException.class, () -> rules.add(Family.IPV4, words, Optional.of(3)))
                .reason())
        .isEqualTo("place 3 is behind the end: there are 1 rules");
    assertThat(
            catchThrowableOfType(RuleSyntaxException.class, () -> rules.delete(Family.IPV4, words))
                .reason())
        .startsWith("there is no rule \"-p udp -j MARK");
    rules.add(Family.IPV4, words, Optional.of(1));
    assertThat(rules.lines().getFirst()).startsWith("-4 -p udp");
    assertThat(catchThrowableOfType(RuleSyntaxException.class, () -> rules.delete(3))).isNotNull();
  }
}
