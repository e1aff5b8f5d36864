package org.jlvs.testbed.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A sample of the recorded traces through the whole director in namespaces, as on a real wire. */
@Tag("system")
class LiveTracesTest {
  private static final String PURPOSE = "jlvs-trace";

  /** Traces that a real host can't repeat, with the reason. */
  private static final Map<String, String> KNOWN_TO_DIFFER =
      Map.of(
          "fragments-dr",
          "fragments that are neither from nor for a service pass the director as they are",
          "local-nat",
          "what a host that is its own masqueraded server says by ICMP is not translated");

  static Stream<Arguments> sample() {
    Stream<Arguments> inNativeMode =
        Stream.of(
                "ahesp-dr",
                "fragments-dr",
                "fuzz-nat",
                "fwmark-dr",
                "fwmark-nat-persist",
                "fwmark-precedence",
                "fwmark-tun",
                "icmp-dr",
                "icmp-nat",
                "ipv6-dr",
                "ipv6-more-nat",
                "ipv6-tun",
                "local-nat",
                "local-rs",
                "nodest-dr",
                "odd-dr",
                "odd-tun",
                "persist-netmask",
                "persist-pcc-udp",
                "persist-ppc-dr",
                "persist-ppc-nat",
                "quiesce-persist-eqt0",
                "rs-removed-nat-nd0-eqt0",
                "sched-wrr-321",
                "sctp-dr",
                "sctp-nat",
                "sctp6-nat",
                "tcp-dr",
                "tcp-nat",
                "tcp-reuse-mode1",
                "timeouts-set",
                "tunnel-gre",
                "tunnel-gre-6in4",
                "tunnel-gre-csum-6in6",
                "tunnel-grec",
                "tunnel-gue",
                "tunnel-gue-csum-4in6",
                "tunnel-gue-csum-6in4",
                "tunnel-gue-ipv6",
                "tunnel-gue-remcsum-4in4",
                "tunnel-ipip-4in6",
                "udp-dr-ops",
                "udp-nat",
                "udp-tun-ops")
            .map(name -> Arguments.of(name, "native"));
    Stream<Arguments> inGenericMode =
        Stream.of(
                "fwmark-tun",
                "icmp-dr",
                "ipv6-dr",
                "ipv6-more-nat",
                "ipv6-tun",
                "local-rs",
                "odd-dr",
                "persist-ppc-nat",
                "sctp-nat",
                "tcp-dr",
                "tcp-nat",
                "tunnel-gre",
                "tunnel-gue-csum-4in6",
                "tunnel-gue-remcsum-4in4",
                "tunnel-ipip-4in6",
                "udp-nat")
            .map(name -> Arguments.of(name, "generic"));
    return Stream.concat(inNativeMode, inGenericMode);
  }

  @BeforeAll
  static void prepare() {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    assumeTrue(Testbed.isInstalled("iptables-legacy"), "iptables-legacy is not installed");
    Testbed.removeLeftovers(PURPOSE, false);
  }

  @ParameterizedTest(name = "{0} in {1} mode")
  @MethodSource("sample")
  void theDirectorDoesWhatTheKernelDid(String name, String mode) throws Exception {
    URL trace = Objects.requireNonNull(getClass().getResource("traces/" + name + ".jsonl"), name);
    try (LiveMachine machine = LiveMachine.start(PURPOSE, mode)) {
      List<String> differences = LiveTrace.play(Path.of(trace.toURI()), machine);
      String reason = KNOWN_TO_DIFFER.get(name);
      if (reason == null) {
        assertThat(differences).as("%s; %s", name, machine.status()).isEmpty();
      } else {
        assertThat(differences).as("%s is listed as different: %s", name, reason).isNotEmpty();
      }
    }
  }
}
