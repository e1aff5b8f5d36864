package org.jlvs.testbed.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * A client, a director and a server, joined as three machines are, for each forwarding method:
 *
 * <pre>
 *   client eth0 10.0.0.2 ── 10.0.0.1 eth0 director eth1 10.1.0.1 ── 10.1.0.2 eth0 server
 *   client back 10.9.0.1 ─────────────────────────────────────────── 10.9.0.2 back server
 * </pre>
 *
 * <p>IPv6 alike: fd00::, fd01:: and fd09::. The virtual addresses 10.0.0.100 and fd00::100 are the
 * director's, and the server's, which answers by "back". What it sends from its own address goes by
 * the director. Packets in a tunnel are taken out of it by an XDP program, as not every kernel has
 * tunnel devices.
 */
public final class TransferNetwork implements AutoCloseable {
  public static final String VIRTUAL = "10.0.0.100";
  public static final String VIRTUAL_6 = "fd00::100";
  public static final String SERVER = "10.1.0.2";
  public static final String SERVER_6 = "fd01::2";

  private static final Duration READY = Duration.ofSeconds(30);

  /** Table of the routes for what has the server's own address. */
  private static final String OWN_TABLE = "100";

  private final Testbed testbed;
  private final Host client;
  private final Host director;
  private final Host server;
  private final BpfObject tunnelEnd;

  /**
   * Builds the network.
   *
   * @param offloads whether client and server leave checksums and segmentation to their devices
   * @param polling whether the devices of client and server poll, so that a native program can send
   *     to them
   */
  public TransferNetwork(Testbed testbed, boolean offloads, boolean polling) throws Exception {
    this.testbed = testbed;
    this.client = host("client");
    this.director = host("director");
    this.server = host("server");
    testbed.connect(client, "eth0", director, "eth0");
    testbed.connect(server, "eth0", director, "eth1");
    testbed.connect(client, "back", server, "back");
    for (Host end : List.of(client, server)) {
      if (!offloads) {
        end.withoutOffloads("eth0");
      }
      end.require("ethtool", "-K", "eth0", "gro", polling ? "on" : "off");
      end.sysctl("net.ipv4.conf.all.rp_filter", "0").sysctl("net.ipv4.conf.eth0.rp_filter", "0");
      end.sysctl("net.ipv4.conf.back.rp_filter", "0");
    }
    address(client, "eth0", "10.0.0.2/24", "fd00::2/64");
    address(client, "back", "10.9.0.1/24", "fd09::1/64");
    address(director, "eth0", "10.0.0.1/24", "fd00::1/64");
    address(director, "eth0", VIRTUAL + "/32", VIRTUAL_6 + "/128");
    address(director, "eth1", "10.1.0.1/24", "fd01::1/64");
    address(server, "eth0", SERVER + "/24", SERVER_6 + "/64");
    address(server, "back", "10.9.0.2/24", "fd09::2/64");
    address(server, "lo", VIRTUAL + "/32", VIRTUAL_6 + "/128");
    director.sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
    routes();
    this.tunnelEnd = attachTunnelEnd();
  }

  private Host host(String name) {
    Host host = testbed.host(name);
    host.sysctl("net.ipv6.conf.all.disable_ipv6", "0");
    host.sysctl("net.ipv6.conf.default.disable_ipv6", "0");
    return host;
  }

  private static void address(Host host, String device, String ipv4, String ipv6) {
    host.address(device, ipv4);
    host.require("ip", "address", "add", ipv6, "dev", device, "nodad");
  }

  private void routes() {
    client.require("ip", "route", "add", "10.1.0.0/24", "via", "10.0.0.1");
    client.require("ip", "route", "add", "fd01::/64", "via", "fd00::1");
    server.require("ip", "route", "add", "default", "via", "10.9.0.1");
    server.require("ip", "route", "add", "default", "via", "fd09::1");
    server.require("ip", "route", "add", "default", "via", "10.1.0.1", "table", OWN_TABLE);
    server.require("ip", "route", "add", "default", "via", "fd01::1", "table", OWN_TABLE);
    server.require("ip", "rule", "add", "from", SERVER, "table", OWN_TABLE);
    server.require("ip", "-6", "rule", "add", "from", SERVER_6, "table", OWN_TABLE);
  }

  private BpfObject attachTunnelEnd() throws Exception {
    byte[] bytes;
    try (InputStream in = TransferNetwork.class.getResourceAsStream("tunnel.bpf.o")) {
      if (in == null) {
        throw new IOException("tunnel.bpf.o is not among the resources");
      }
      bytes = in.readAllBytes();
    }
    BpfObject object = BpfObject.load(bytes, LoadOptions.defaults());
    try (NetworkNamespace namespace = NetworkNamespace.named(server.namespace())) {
      return namespace.run(
          () -> {
            try (RouteSocket routes = RouteSocket.open()) {
              Link link = routes.link("eth0").orElseThrow();
              // Generic: a native one would take the client's segmentation offload away.
              routes.attachXdp(link.index(), object.program("end").fd(), XdpMode.GENERIC);
              return object;
            }
          });
    }
  }

  public Host client() {
    return client;
  }

  public Host director() {
    return director;
  }

  public Host server() {
    return server;
  }

  /**
   * Starts a director on both interfaces and waits until it serves.
   *
   * @param mode how its program is attached: auto, native or generic
   */
  public Background startDirector(String mode) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.jlvs.server.Main",
                "director"));
    words.addAll(List.of("--interface", "eth0,eth1", "--xdp-mode", mode));
    Background process = director.start(words.toArray(String[]::new));
    if (!process.awaitLine("ready", READY)) {
      throw new IllegalStateException(
          "the director was not ready; it printed: " + process.output());
    }
    return process;
  }

  /**
   * Sends the director a command, which has to succeed.
   *
   * @param input for its standard input
   * @return what it prints
   */
  public String tell(String line, String input) throws IOException {
    List<String> words = List.of(line.split(" "));
    Optional<String> given = input.isEmpty() ? Optional.empty() : Optional.of(input);
    try (ControlClient connection = new ControlClient(director.controlSocket())) {
      ControlClient.Result result =
          connection.run(words.getFirst(), words.subList(1, words.size()), given);
      if (result.exitCode() != 0) {
        throw new IllegalStateException(line + ": " + result.err());
      }
      return result.out();
    }
  }

  /** The network's own program; the hosts and their processes are the testbed's to end. */
  @Override
  public void close() {
    tunnelEnd.close();
  }
}
