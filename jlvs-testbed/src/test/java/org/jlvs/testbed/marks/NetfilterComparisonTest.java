package org.jlvs.testbed.marks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.IptablesSave;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.FrameInjector;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The kernel's netfilter and the evaluation in memory give the same marks: random rules are loaded
 * by iptables, random packets injected at an interface, and a chain of nft behind the table mangle
 * notes each packet's number, which is its IP identification, and its mark.
 */
@Tag("system")
class NetfilterComparisonTest {
  private static final int PACKETS = 250;
  private static final int RULES = 25;
  private static final int TABLES = 40;
  private static final String IN = "marks0";

  private static final String NOTE =
      """
      table ip note {
        set seen {
          typeof ip id . meta mark
          flags dynamic
          size 65535
        }
        chain after_mangle {
          type filter hook prerouting priority -100
          add @seen { ip id . meta mark }
          drop
        }
      }
      """;

  private static final HostFacts HOST =
      new HostFacts() {
        @Override
        public @Nullable String interfaceName(int index) {
          return index == 1 ? "lo" : index == 2 ? IN : null;
        }

        @Override
        public boolean isLocal(Family family, long high, long low) {
          return false;
        }

        @Override
        public @Nullable IpSet ipSet(String name) {
          return null;
        }
      };

  private Testbed testbed;
  private Host host;

  @TempDir private Path folder;

  @BeforeEach
  void begin() throws Exception {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    assumeTrue(Testbed.isInstalled("nft"), "nft is not installed");
    testbed = Testbed.create("jlvs-marks");
    host = testbed.host("director");
    testbed.connect(host, IN, testbed.host("peer"), "peer");
    host.require("nft", "-f", Files.writeString(folder.resolve("note.nft"), NOTE).toString());
  }

  @AfterEach
  void end() {
    if (testbed != null) {
      testbed.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"iptables-nft, 1", "iptables-legacy, 2", "iptables-nft, 3", "iptables-legacy, 4"})
  void givesTheSameMarksAsTheKernel(String backend, long seed) throws Exception {
    assumeTrue(Testbed.isInstalled(backend), backend + " is not installed");
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      namespace.run(
          () -> {
            compare(backend, new Random(seed));
            return null;
          });
    }
  }

  private void compare(String backend, Random random) throws Exception {
    Link link;
    try (RouteSocket netlink = RouteSocket.open()) {
      link = netlink.link(IN).orElseThrow();
    }
    int marked = 0;
    try (BpfObject object =
            BpfObject.load(deliveringProgram(), LoadOptions.defaults().only("deliver"));
        FrameInjector injector = new FrameInjector(object.program("deliver"))) {
      for (int i = 0; i < TABLES; i++) {
        String listing = new RandomRules(random).listing(RULES);
        load(backend, listing);
        MarkRuleSet rules =
            new MarkRuleSet(IptablesSave.parse(host.require(backend + "-save"), Family.IPV4), HOST);
        assertThat(rules.unsupported()).isEmpty();
        Map<Integer, Integer> ours = new TreeMap<>();
        List<String> packets = new ArrayList<>();
        for (int number = 1; number <= PACKETS; number++) {
          Flow flow = RandomRules.flow(random);
          flow.inInterface = 2;
          ours.put(number, rules.mark(flow));
          packets.add(text(flow));
          byte[] frame = frame(flow, number, Objects.requireNonNull(link.mac()).bytes());
          MemorySegment data = MemorySegment.ofArray(frame);
          injector.inject(data, 0, frame.length, link.index(), 1);
        }
        Map<Integer, Integer> kernels = seen();
        for (int number = 1; number <= PACKETS; number++) {
          marked += ours.getOrDefault(number, 0) == 0 ? 0 : 1;
          assertThat(ours.get(number))
              .as("%s\nwith\n%s", packets.get(number - 1), listing)
              .isEqualTo(kernels.getOrDefault(number, 0));
        }
        // What the kernel did not drop it noted, also without a mark.
        assertThat(kernels).hasSize(PACKETS - (int) rules.dropped());
      }
    }
    assertThat(marked).isGreaterThan(TABLES * PACKETS / 20);
  }

  private static byte[] deliveringProgram() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            NetfilterComparisonTest.class.getResourceAsStream("/org/jlvs/xdp/director.bpf.o"))) {
      return in.readAllBytes();
    }
  }

  private void load(String backend, String listing) {
    Command.Result result =
        Command.run(
            List.of("ip", "netns", "exec", host.namespace(), backend + "-restore"),
            Duration.ofSeconds(30),
            listing);
    assertThat(result.ok()).as("%s\n%s", result, listing).isTrue();
  }

  /** The marks that the kernel noted by packet number, which are forgotten then. */
  private Map<Integer, Integer> seen() {
    JsonNode all =
        JsonMapper.shared()
            .readTree(host.require("nft", "-j", "list", "set", "ip", "note", "seen"))
            .path("nftables");
    host.require("nft", "flush", "set", "ip", "note", "seen");
    Map<Integer, Integer> marks = new TreeMap<>();
    for (JsonNode entry : all) {
      for (JsonNode element : entry.path("set").path("elem")) {
        JsonNode value = element.has("elem") ? element.path("elem").path("val") : element;
        marks.put(
            value.path("concat").path(0).asInt(), (int) value.path("concat").path(1).asLong());
      }
    }
    return marks;
  }

  private static String text(Flow flow) {
    return (flow.protocol == 6 ? "tcp flags " + flow.tcpFlags : "udp")
        + " "
        + flow.source()
        + ":"
        + flow.sourcePort
        + " > "
        + flow.destination()
        + ":"
        + flow.destinationPort;
  }

  /** An Ethernet frame with an IPv4 packet without payload. */
  private static byte[] frame(Flow flow, int number, byte[] destination) {
    ByteBuffer frame = ByteBuffer.allocate(14 + flow.length);
    frame.put(destination).put(new byte[] {2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
    ByteBuffer header = ByteBuffer.allocate(20);
    header.put((byte) 0x45).put((byte) 0).putShort((short) flow.length);
    header.putShort((short) number).putShort((short) 0x4000).put((byte) 64);
    header.put((byte) flow.protocol).putShort((short) 0);
    header.put(flow.source().bytes()).put(flow.destination().bytes());
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += header.getShort(i) & 0xffff;
    }
    header.putShort(10, (short) ~((sum & 0xffff) + (sum >>> 16)));
    frame.put(header.array());
    frame.putShort((short) flow.sourcePort).putShort((short) flow.destinationPort);
    if (flow.protocol == 6) {
      frame.putInt(1).putInt(0).put((byte) 0x50).put((byte) flow.tcpFlags).putShort((short) 512);
    } else {
      frame.putShort((short) 8);
    }
    return frame.array();
  }
}
