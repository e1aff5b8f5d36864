package org.jlvs.testbed.marks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.MarkRuleSet.RuleReport;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.server.marks.HostMarkRules;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("system")
class HostMarkRulesTest {
  private static final Duration LATER = Duration.ofSeconds(20);
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final String[] RULE =
      ("-t mangle -A PREROUTING -d 10.0.0.100 -p tcp -m multiport --dports 80,443"
              + " -j MARK --set-mark 10")
          .split(" ");

  private Testbed testbed;
  private Host host;
  private NetworkNamespace namespace;

  @TempDir private Path folder;

  @BeforeEach
  void begin() throws Exception {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    testbed = Testbed.create("jlvs-marks");
    host = testbed.host("director");
    namespace = NetworkNamespace.named(host.namespace());
  }

  @AfterEach
  void end() {
    if (testbed != null) {
      namespace.close();
      testbed.close();
    }
  }

  private static void assumeInstalled(String program) {
    assumeTrue(Testbed.isInstalled(program), program + " is not installed");
  }

  private HostMarkRules follow() throws Exception {
    return namespace.run(() -> new HostMarkRules(_ -> {}));
  }

  private HostMarkRules follow(AtomicReference<MarkRuleSet> latest, Path tools) throws Exception {
    return namespace.run(() -> new HostMarkRules(latest::set, List.of(tools)));
  }

  private static int mark(MarkRuleSet rules, String destination, int protocol, int port) {
    Flow flow = new Flow();
    flow.protocol = protocol;
    flow.source(Address.of("10.0.0.1"));
    flow.destination(Address.of(destination));
    flow.family = Address.of(destination).family();
    flow.destinationPort = port;
    flow.tcpFlags = 2;
    flow.inInterface = 1;
    return rules.mark(flow);
  }

  private static boolean becomes(HostMarkRules rules, int port, int mark) {
    return Waiting.until(SOON, () -> mark(rules.current(), "10.0.0.100", 6, port) == mark);
  }

  private void iptables(String program, String... arguments) {
    String[] words = new String[arguments.length + 1];
    words[0] = program;
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    host.require(words);
  }

  private static String[] deletion() {
    String[] delete = RULE.clone();
    delete[2] = "-D";
    return delete;
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "iptables-nft", "iptables-legacy"})
  void seesWhatIsTypedAndDeletedWithinASecond(String program) throws Exception {
    assumeInstalled(program);
    try (HostMarkRules rules = follow()) {
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isZero();
      iptables(program, RULE);
      assertThat(becomes(rules, 80, 10)).isTrue();
      assertThat(mark(rules.current(), "10.0.0.100", 6, 443)).isEqualTo(10);
      assertThat(mark(rules.current(), "10.0.0.100", 6, 22)).isZero();
      iptables(program, deletion());
      assertThat(becomes(rules, 80, 0)).isTrue();
      assertThat(rules.current().rules()).isEmpty();
      assertThat(rules.problems()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "iptables-legacy"})
  void readsWhatIsThereAtTheStart(String program) throws Exception {
    assumeInstalled(program);
    iptables(program, RULE);
    iptables(program, "-t", "raw", "-A", "PREROUTING", "-i", "lo", "-j", "MARK", "--set-mark", "1");
    try (HostMarkRules rules = follow()) {
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isEqualTo(10);
      assertThat(mark(rules.current(), "10.0.0.100", 6, 22)).isEqualTo(1);
    }
  }

  @Test
  void readsIpv6AndBothBackendsAtOnceEachRuleOnce() throws Exception {
    assumeInstalled("iptables-legacy");
    assumeInstalled("iptables-nft");
    assumeInstalled("nft");
    iptables(
        "iptables-legacy", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--xor-mark", "1");
    iptables("iptables-nft", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--xor-mark", "2");
    iptables("ip6tables-nft", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--xor-mark", "4");
    iptables(
        "ip6tables-legacy", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--xor-mark", "8");
    nft(
        "table inet lvs {\n chain pre {\n type filter hook prerouting priority -140\n"
            + " meta mark set meta mark xor 16\n }\n}\n");
    try (HostMarkRules rules = follow()) {
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isEqualTo(1 + 2 + 16);
      assertThat(mark(rules.current(), "fd00::1", 6, 80)).isEqualTo(4 + 8 + 16);
      assertThat(rules.current().unsupported()).isEmpty();
    }
  }

  private void nft(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("rules.nft"), text);
    host.require("nft", "-f", file.toString());
  }

  @Test
  void followsTablesOfNftAlsoOneThatIsCalledMangle() throws Exception {
    assumeInstalled("nft");
    try (HostMarkRules rules = follow()) {
      nft(
          """
          table ip mangle {
            set ports {
              type inet_service
              elements = { 80, 443 }
            }
            chain anything {
              type filter hook prerouting priority mangle
              ip daddr 10.0.0.100 tcp dport @ports counter meta mark set 10 accept
              meta cpu 7 meta mark set 3
            }
          }
          """);
      assertThat(becomes(rules, 80, 10)).isTrue();
      assertThat(rules.current().unsupported())
          .singleElement()
          .satisfies(
              rule -> assertThat(rule.text()).isEqualTo("meta cpu 7 meta mark set 0x00000003"))
          .satisfies(
              rule ->
                  assertThat(rule.unsupported())
                      .contains("\"meta cpu\" can't be evaluated by the director"));
      host.require("nft", "delete", "element", "ip", "mangle", "ports", "{ 80 }");
      assertThat(becomes(rules, 80, 0)).isTrue();
      assertThat(mark(rules.current(), "10.0.0.100", 6, 443)).isEqualTo(10);
      host.require("nft", "flush", "ruleset");
      assertThat(becomes(rules, 443, 0)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "iptables-legacy"})
  void followsTheSetsThatRulesName(String program) throws Exception {
    assumeInstalled(program);
    assumeInstalled("ipset");
    host.require("ipset", "create", "vips", "hash:ip");
    host.require("ipset", "create", "all", "list:set");
    host.require("ipset", "add", "all", "vips");
    iptables(
        program,
        "-t mangle -A PREROUTING -m set --match-set all dst -j MARK --set-mark 4".split(" "));
    try (HostMarkRules rules = follow()) {
      assertThat(rules.current().unsupported()).isEmpty();
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isZero();
      host.require("ipset", "add", "vips", "10.0.0.100");
      assertThat(becomes(rules, 80, 4)).isTrue();
      assertThat(rules.current().rules()).extracting(RuleReport::hits).containsExactly(1L);
      host.require("ipset", "create", "other", "hash:ip");
      host.require("ipset", "swap", "vips", "other");
      assertThat(becomes(rules, 80, 0)).isTrue();
    }
  }

  @Test
  void knowsInterfacesAndAddressesThatComeLater() throws Exception {
    assumeInstalled("iptables-legacy");
    iptables(
        "iptables-legacy",
        "-t mangle -A PREROUTING -i lo -m addrtype --dst-type LOCAL -j MARK --set-mark 4"
            .split(" "));
    try (HostMarkRules rules = follow()) {
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isZero();
      host.address("lo", "10.0.0.100/32");
      assertThat(becomes(rules, 80, 4)).isTrue();
    }
  }

  @Test
  void keepsTheLastRulesWhenAToolBreaks() throws Exception {
    String listing = "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-mark 5\n";
    script("iptables-nft-save", "cat <<'END'\n" + listing + "COMMIT\nEND");
    AtomicReference<MarkRuleSet> latest = new AtomicReference<>();
    try (HostMarkRules rules = follow(latest, folder)) {
      assertThat(mark(latest.get(), "10.0.0.100", 6, 80)).isEqualTo(5);
      script("iptables-nft-save", "cat <<'END'\n" + listing + "END");
      change();
      assertThat(problem(rules, "iptables-nft-save: line 3: the table mangle has no COMMIT"))
          .isTrue();
      script("iptables-nft-save", "echo 'no memory' >&2; exit 4");
      change();
      assertThat(problem(rules, "iptables-nft-save: exit code 4: no memory")).isTrue();
      script("iptables-nft-save", "exec cat /dev/zero");
      change();
      assertThat(
              Waiting.until(
                  Duration.ofSeconds(10),
                  () -> problem(rules, "iptables-nft-save: more than 64 MiB of output")))
          .isTrue();
      assertThat(mark(rules.current(), "10.0.0.100", 6, 80)).isEqualTo(5);
      script("iptables-nft-save", "echo '# nothing'");
      change();
      assertThat(Waiting.until(LATER, () -> mark(rules.current(), "10.0.0.100", 6, 80) == 0))
          .isTrue();
      assertThat(rules.problems()).isEmpty();
      assertThat(latest.get()).isSameAs(rules.current());
    }
  }

  @Test
  void survivesBrokenJson() throws Exception {
    script("nft", "echo '{\"nftables\": [{\"rule\":'");
    try (HostMarkRules rules = follow(new AtomicReference<>(), folder)) {
      assertThat(rules.problems())
          .singleElement()
          .asString()
          .startsWith("nft -j list ruleset: not JSON: ");
    }
  }

  @Test
  void livesWithoutAnyTool() throws Exception {
    AtomicReference<MarkRuleSet> latest = new AtomicReference<>();
    try (HostMarkRules rules = follow(latest, folder)) {
      assertThat(rules.current().rules()).isEmpty();
      assertThat(rules.problems()).isEmpty();
      assertThat(latest.get()).isNull();
    }
  }

  private boolean problem(HostMarkRules rules, String text) {
    return Waiting.until(LATER, () -> rules.problems().contains(text));
  }

  /** Makes nftables tell of a change. */
  private void change() {
    host.require("nft", "add", "table", "ip", "t" + System.nanoTime());
  }

  private void script(String name, String text) throws IOException {
    Path next = Files.writeString(folder.resolve(name + ".next"), "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(next, folder.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }
}
