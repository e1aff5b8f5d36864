package org.jlvs.testbed.replay;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.packet.PacketSocket;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.linux.sys.PollSet;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * The network of every trace in namespaces, with a director that runs as a process of its own:
 * frames reach it by the XDP program and leave by the kernel or by AF_XDP.
 *
 * <pre>
 *   wire c0 ── eth0 director eth1 ── r0 wire
 * </pre>
 */
final class LiveMachine implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration FOLLOWED = Duration.ofSeconds(2);

  /** How long an answer may take; all that is expected has come long before. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /** How long nothing must come before it counts as nothing, after some frames and after none. */
  private static final Duration QUIET = Duration.ofMillis(8);

  private static final Duration SILENCE = Duration.ofMillis(40);
  private static final int PROTOCOL = 20;
  private static final int ICMPV6_TYPE = 54;

  private final Testbed testbed;
  private final Host wire;
  private final Host director;
  private final Topology topology = new Topology();
  private final List<PacketSocket> sockets = new ArrayList<>();
  private final PollSet polled = new PollSet();

  private @Nullable Background process;

  private LiveMachine(Testbed testbed) {
    this.testbed = testbed;
    this.wire = testbed.host("wire");
    this.director = testbed.host("director");
  }

  /**
   * Builds the network and starts a director.
   *
   * @param mode how its program is attached: native or generic
   */
  static LiveMachine start(String purpose, String mode) throws Exception {
    LiveMachine machine = new LiveMachine(Testbed.create(purpose));
    try {
      machine.build();
      machine.openSockets();
      machine.startDirector(mode);
      return machine;
    } catch (Exception | AssertionError e) {
      machine.close();
      throw e;
    }
  }

  private void build() throws IOException {
    director.sysctl("net.ipv6.conf.all.disable_ipv6", "0");
    director.sysctl("net.ipv6.conf.default.disable_ipv6", "0");
    testbed.connect(director, "eth0", wire, "c0");
    testbed.connect(director, "eth1", wire, "r0");
    // As the recorder does: every checksum of a trace is finished.
    director.withoutOffloads("eth0").withoutOffloads("eth1").withoutOffloads("lo");
    // Starts NAPI, without which veth drops what a native XDP program sends to it.
    wire.require("ethtool", "-K", "c0", "gro", "on");
    wire.require("ethtool", "-K", "r0", "gro", "on");
    StringBuilder batch = new StringBuilder();
    for (int device : List.of(Topology.ETH0, Topology.ETH1)) {
      String name = Topology.interfaceNames().get(device - 1);
      batch.append("link set %s address %s\n".formatted(name, Topology.ownMac(device)));
    }
    batch.append(
        """
        addr add 10.0.0.254/24 dev eth0
        addr add 10.0.0.100/32 dev eth0
        addr add 10.0.0.101/32 dev eth0
        addr add 10.1.0.254/24 dev eth1
        addr add 2001:db8::fe/64 dev eth0 nodad
        addr add 2001:db8::100/128 dev eth0 nodad
        addr add 2001:db8:1::fe/64 dev eth1 nodad
        neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
        neigh replace 2001:db8::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
        route add default via 10.0.0.1
        route add default via 2001:db8::1
        """);
    for (int i = 1; i <= 9; i++) {
      for (String address : List.of("10.1.0." + i, "2001:db8:1::" + i)) {
        batch.append(
            "neigh replace %s lladdr 02:00:00:00:01:0%d dev eth1 nud permanent\n"
                .formatted(address, i));
      }
    }
    Path file = Files.writeString(testbed.directory().resolve("topology"), batch);
    director.require("ip", "-batch", file.toString());
    director.require(
        "sysctl",
        "-q",
        "-w",
        "net.ipv4.ip_forward=1",
        "net.ipv6.conf.all.forwarding=1",
        "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.eth0.rp_filter=0",
        "net.ipv4.conf.eth1.rp_filter=0",
        "net.ipv4.conf.all.send_redirects=0",
        "net.ipv4.conf.eth0.send_redirects=0",
        "net.ipv4.conf.eth1.send_redirects=0",
        "net.ipv4.icmp_ratelimit=0",
        "net.ipv4.icmp_msgs_per_sec=100000",
        "net.ipv4.icmp_msgs_burst=10000",
        "net.ipv6.icmp.ratelimit=0");
  }

  private void openSockets() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(wire.namespace())) {
      for (int device : List.of(Topology.ETH0, Topology.ETH1)) {
        String name = Topology.wire(device);
        PacketSocket socket =
            namespace.run(
                () -> {
                  try (RouteSocket routes = RouteSocket.open()) {
                    return PacketSocket.open(name, routes.link(name).orElseThrow().index());
                  }
                });
        sockets.add(socket);
        polled.add(socket.fd(), PollSet.READABLE);
      }
    }
  }

  private void startDirector(String mode) {
    process =
        director.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "org.jlvs.server.Main",
            "director",
            "--interface",
            "eth0,eth1",
            "--xdp-mode",
            mode);
    assertThat(process.awaitLine("ready", READY))
        .as("the director is ready; it printed: %s", process.output())
        .isTrue();
  }

  /** Sends a frame by the wire at a device, and returns what comes out of the director. */
  List<Machine.Frame> frame(int device, byte[] bytes, int expected) throws LinuxException {
    drain(new ArrayList<>());
    sockets.get(device - Topology.ETH0).send(bytes);
    List<Machine.Frame> got = new ArrayList<>();
    Duration longest = expected == 0 ? SILENCE : ANSWER;
    long end = System.nanoTime() + longest.toNanos();
    while (got.size() < Math.max(1, expected) && System.nanoTime() - end < 0) {
      int _ = polled.await(end - System.nanoTime());
      drain(got);
    }
    if (expected > 0) {
      Waiting.pause(QUIET);
      drain(got);
    }
    return got;
  }

  private void drain(List<Machine.Frame> frames) throws LinuxException {
    for (int device : List.of(Topology.ETH0, Topology.ETH1)) {
      PacketSocket socket = sockets.get(device - Topology.ETH0);
      for (Optional<byte[]> frame = socket.receive(); frame.isPresent(); frame = socket.receive()) {
        byte[] bytes = frame.get();
        if (!isChatter(bytes)) {
          String receiver = topology.label(Frames.destinationMac(bytes));
          frames.add(new Machine.Frame(Topology.wire(device), receiver, bytes));
        }
      }
    }
  }

  /** What hosts say to each other on their own account: no part of a trace. */
  private static boolean isChatter(byte[] frame) {
    int type = Frames.etherType(frame);
    if (type == Frames.ETHERTYPE_IPV4) {
      return false;
    }
    if (type != Frames.ETHERTYPE_IPV6 || frame.length <= ICMPV6_TYPE) {
      return true;
    }
    int protocol = frame[PROTOCOL];
    int icmp = frame[ICMPV6_TYPE] & 0xff;
    // Hop-by-hop options carry MLD reports; 130 to 136 and 143 are MLD and neighbour discovery.
    return protocol == 0 || protocol == 58 && (icmp >= 130 && icmp <= 136 || icmp == 143);
  }

  /** Runs a command of jlvs' own command line in the director. */
  Shell.Result jlvs(String program, List<String> arguments, Optional<String> input)
      throws IOException {
    try (ControlClient connection = new ControlClient(director.controlSocket())) {
      ControlClient.Result result = connection.run(program, arguments, input);
      return new Shell.Result(result.exitCode(), result.out(), result.err());
    }
  }

  /** Runs a command of the host, and waits until the director has followed what it changes. */
  Shell.Result host(List<String> words) throws IOException {
    String before = marks();
    Command.Result result = director.run(words.toArray(String[]::new));
    if (words.getFirst().contains("tables")) {
      Waiting.until(FOLLOWED, () -> !marksOrNothing().equals(before));
    } else {
      Waiting.pause(Duration.ofMillis(100));
    }
    return new Shell.Result(result.status(), result.out(), result.err());
  }

  private String marks() throws IOException {
    return jlvs("marks", List.of(), Optional.empty()).out();
  }

  private String marksOrNothing() {
    try {
      return marks();
    } catch (IOException e) {
      return "";
    }
  }

  /** What the director says of itself, and has printed. */
  String status() throws IOException {
    return jlvs("status", List.of(), Optional.empty()).out() + requireNonNull(process).output();
  }

  @Override
  public void close() {
    sockets.forEach(PacketSocket::close);
    polled.close();
    testbed.close();
  }
}
