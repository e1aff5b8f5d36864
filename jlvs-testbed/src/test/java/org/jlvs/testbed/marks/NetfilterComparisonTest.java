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
import java.util.zip.CRC32C;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.IpSetSave;
import org.jlvs.core.mark.IptablesSave;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.FrameInjector;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.server.marks.HostMarkRules;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
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
 * notes each packet's number, which is in its source's Ethernet address, and its mark.
 */
@Tag("system")
class NetfilterComparisonTest {
  private static final int PACKETS = 250;
  private static final int RULES = 25;
  private static final int TABLES = 40;
  private static final String IN = "marks0";
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String OWN = "10.77.0.1";
  private static final String OWN6 = "fd77::1";

  private static final String NOTE =
      """
      table inet note {
        set seen {
          typeof ether saddr . meta mark
          flags dynamic
          size 65535
        }
        chain after_mangle {
          type filter hook prerouting priority -100
          iifname "marks0" add @seen { ether saddr . meta mark }
          drop
        }
      }
      """;

  private record KnownHost(Map<String, IpSet> sets) implements HostFacts {
    @Override
    public @Nullable String interfaceName(int index) {
      return index == 1 ? "lo" : IN;
    }

    @Override
    public boolean isLocal(Family family, long high, long low) {
      Address address = new Address(family, high, low);
      return address.equals(Address.of(OWN)) || address.equals(Address.of(OWN6));
    }

    @Override
    public boolean isBroadcast(long low) {
      return low == Address.of("10.77.0.3").low();
    }

    @Override
    public @Nullable IpSet ipSet(String name) {
      return sets.get(name);
    }
  }

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
    host.sysctl("net.ipv6.conf.all.disable_ipv6", "0");
    host.sysctl("net.ipv6.conf." + IN + ".disable_ipv6", "0");
    host.address(IN, OWN + "/30");
    host.require("ip", "address", "add", OWN6 + "/64", "dev", IN, "nodad");
    host.require("nft", "-f", Files.writeString(folder.resolve("note.nft"), NOTE).toString());
  }

  @AfterEach
  void end() {
    if (testbed != null) {
      testbed.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "iptables-nft, 1, false, false",
    "iptables-legacy, 2, false, false",
    "ip6tables-nft, 3, false, false",
    "ip6tables-legacy, 4, false, false",
    "iptables-nft, 5, true, false",
    "iptables-legacy, 6, true, false",
    "ip6tables-nft, 7, true, false",
    "ip6tables-legacy, 8, true, false",
    "iptables-nft, 9, false, true",
    "ip6tables-legacy, 10, true, true"
  })
  void givesTheSameMarksAsTheKernel(String backend, long seed, boolean sets, boolean tracking)
      throws Exception {
    assumeTrue(Testbed.isInstalled(backend), backend + " is not installed");
    assumeTrue(!sets || Testbed.isInstalled("ipset"), "ipset is not installed");
    Family family = backend.startsWith("ip6") ? Family.IPV6 : Family.IPV4;
    RandomRules.Matter matter = new RandomRules.Matter(family, sets, tracking);
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      namespace.run(
          () -> {
            compare(backend, matter, new Random(seed));
            return null;
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"IPV4, 1", "IPV6, 2", "IPV4, 3", "IPV6, 4"})
  void givesTheSameMarksAsTablesOfNft(Family family, long seed) throws Exception {
    // A "drop" before the director would be a rule like others; none at all would keep connections.
    host.require("nft", "flush", "chain", "inet", "note", "after_mangle");
    host.require(
        "nft add rule inet note after_mangle iifname marks0 add @seen { ether saddr . meta mark }"
            .split(" "));
    host.require(
        "nft", "add chain inet note behind { type filter hook input priority 99; policy drop; }");
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      namespace.run(
          () -> {
            compareNft(new RandomRules.Matter(family, false, true), new Random(seed));
            return null;
          });
    }
  }

  private void compareNft(RandomRules.Matter matter, Random random) throws Exception {
    int marked = 0;
    for (int i = 0; i < TABLES; i++) {
      String listing = new RandomNftRules(random).file(RULES);
      host.require("nft", "-f", Files.writeString(folder.resolve("r.nft"), listing).toString());
      try (HostMarkRules read = new HostMarkRules(_ -> {})) {
        assertThat(read.current().unsupported()).as(listing).isEmpty();
        marked += sameMarks(read.current(), matter, random, listing);
      }
    }
    assertThat(marked).isGreaterThan(TABLES * PACKETS / 20);
  }

  private void compare(String backend, RandomRules.Matter matter, Random random) throws Exception {
    int marked = 0;
    for (int i = 0; i < TABLES; i++) {
      RandomRules rulesOf = new RandomRules(random, matter);
      String sets = matter.sets() ? loadSets(rulesOf.sets(), backend) : "";
      String listing = rulesOf.listing(RULES);
      load(backend + "-restore", listing);
      MarkRuleSet rules =
          new MarkRuleSet(
              IptablesSave.parse(host.require(backend + "-save"), matter.family()),
              new KnownHost(IpSetSave.parse(sets)));
      assertThat(rules.unsupported()).as(listing).isEmpty();
      marked += sameMarks(rules, matter, random, listing + "\n" + sets);
    }
    assertThat(marked).isGreaterThan(TABLES * PACKETS / 20);
  }

  /** Compares the marks of random packets; how many got one. */
  private int sameMarks(MarkRuleSet rules, RandomRules.Matter matter, Random random, String listing)
      throws Exception {
    Link link;
    try (RouteSocket netlink = RouteSocket.open()) {
      link = netlink.link(IN).orElseThrow();
    }
    int marked = 0;
    try (BpfObject object =
            BpfObject.load(deliveringProgram(), LoadOptions.defaults().only("deliver"));
        FrameInjector injector = new FrameInjector(object.program("deliver"))) {
      Map<Integer, Integer> ours = new TreeMap<>();
      List<String> packets = new ArrayList<>();
      for (int number = 1; number <= PACKETS; number++) {
        Flow flow = RandomRules.flow(random, matter);
        flow.inInterface = link.index();
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
    return marked;
  }

  /** Replaces the sets, which rules must not name then; gives them as the kernel lists them. */
  private String loadSets(String sets, String backend) {
    host.require(backend, "-t", "mangle", "-F");
    // A set in a set of sets is in use, and nftables lets go of sets a moment later.
    host.require("ipset", "flush");
    assertThat(Waiting.until(Duration.ofSeconds(10), () -> host.run("ipset", "destroy").ok()))
        .isTrue();
    load("ipset restore", sets);
    return host.require("ipset", "save");
  }

  private static byte[] deliveringProgram() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            NetfilterComparisonTest.class.getResourceAsStream("/org/jlvs/xdp/director.bpf.o"))) {
      return in.readAllBytes();
    }
  }

  private void load(String program, String listing) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", host.namespace()));
    words.addAll(List.of(program.split(" ")));
    Command.Result result = Command.run(words, Duration.ofSeconds(30), listing);
    assertThat(result.ok()).as("%s\n%s", result, listing).isTrue();
  }

  /** The marks that the kernel noted by packet number, which are forgotten then. */
  private Map<Integer, Integer> seen() {
    JsonNode all =
        JsonMapper.shared()
            .readTree(host.require("nft", "-j", "list", "set", "inet", "note", "seen"))
            .path("nftables");
    host.require("nft", "flush", "set", "inet", "note", "seen");
    Map<Integer, Integer> marks = new TreeMap<>();
    for (JsonNode entry : all) {
      for (JsonNode element : entry.path("set").path("elem")) {
        JsonNode value = element.has("elem") ? element.path("elem").path("val") : element;
        String[] octets = value.path("concat").path(0).asString().split(":");
        // The peer's own frames come from another address.
        if (String.join("", octets).startsWith("02000000")) {
          int number = Integer.parseInt(octets[4] + octets[5], 16);
          marks.put(number, (int) value.path("concat").path(1).asLong());
        }
      }
    }
    return marks;
  }

  private static String text(Flow flow) {
    return "protocol "
        + flow.protocol
        + " flags "
        + flow.tcpFlags
        + " traffic class "
        + flow.trafficClass
        + " hop limit "
        + flow.hopLimit
        + " "
        + flow.source()
        + ":"
        + flow.sourcePort
        + " > "
        + flow.destination()
        + ":"
        + flow.destinationPort;
  }

  /** An Ethernet frame with a packet without payload. */
  private static byte[] frame(Flow flow, int number, byte[] destination) {
    boolean ipv4 = flow.family == Family.IPV4;
    ByteBuffer frame = ByteBuffer.allocate(14 + flow.length);
    frame.put(destination).putInt(0x02000000).putShort((short) number);
    frame.putShort((short) (ipv4 ? 0x0800 : 0x86dd));
    int transport = 14 + (ipv4 ? 20 : 40);
    if (ipv4) {
      frame.put((byte) 0x45).put((byte) flow.trafficClass).putShort((short) flow.length);
      frame.putInt(0x4000).put((byte) flow.hopLimit).put((byte) flow.protocol).putShort((short) 0);
    } else {
      frame.putInt(0x6000_0000 | flow.trafficClass << 20).putShort((short) (flow.length - 40));
      frame.put((byte) flow.protocol).put((byte) flow.hopLimit);
    }
    frame.put(flow.source().bytes()).put(flow.destination().bytes());
    if (ipv4) {
      frame.putShort(24, (short) checksum(frame, 14, transport, 0));
    }
    frame.putShort((short) flow.sourcePort).putShort((short) flow.destinationPort);
    // What connection tracking checks: a checksum of TCP, and a whole INIT of SCTP.
    switch (flow.protocol) {
      case TCP -> {
        frame.putInt(1).putInt(0).put((byte) 0x50).put((byte) flow.tcpFlags);
        frame.putShort((short) 512);
        int pseudo = 14 + (ipv4 ? 12 : 8);
        int length = flow.length + 14 - transport;
        frame.putShort(
            transport + 16, (short) checksum(frame, pseudo, frame.limit(), flow.protocol + length));
      }
      case UDP -> frame.putShort((short) 8).putShort((short) (ipv4 ? 0 : udpSum(frame, transport)));
      default -> {
        frame.putInt(0).putInt(0).put((byte) 1).put((byte) 0).putShort((short) 20);
        frame.putInt(7).putInt(65_535).putShort((short) 1).putShort((short) 1).putInt(1);
        CRC32C crc = new CRC32C();
        crc.update(frame.array(), transport, frame.limit() - transport);
        frame.putInt(transport + 8, Integer.reverseBytes((int) crc.getValue()));
      }
    }
    return frame.array();
  }

  private static int udpSum(ByteBuffer frame, int transport) {
    return checksum(frame, 14 + 8, frame.limit(), UDP + frame.limit() - transport);
  }

  /** The ones' complement sum of a whole number of 16-bit words, with what is added to it. */
  private static int checksum(ByteBuffer frame, int from, int to, int more) {
    int sum = more;
    for (int i = from; i < to; i += 2) {
      sum += frame.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return ~((sum & 0xffff) + (sum >>> 16));
  }
}
