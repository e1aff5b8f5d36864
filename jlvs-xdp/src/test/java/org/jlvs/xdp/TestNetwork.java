package org.jlvs.xdp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jlvs.core.net.Address;
import org.jlvs.linux.ethtool.Ethtool;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.NetworkNamespace;

/**
 * Three namespaces in a row: client (10.0.0.1) - director (eth0 10.0.0.254, eth1 10.2.0.254) -
 * server (10.2.0.1, and the virtual address 10.1.0.1 on loopback). The client reaches 10.1.0.1 by
 * the director. The end hosts finish and cut packets themselves, so that as many come as on a wire.
 */
final class TestNetwork implements AutoCloseable {
  static final String CLIENT = "10.0.0.1";
  static final String DIRECTOR = "10.0.0.254";
  static final String SERVER = "10.2.0.1";
  static final String VIP = "10.1.0.1";

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String prefix =
      "xdp-%d-%d-".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
  private final List<NetworkNamespace> open = new ArrayList<>();
  final NetworkNamespace client;
  final NetworkNamespace director;
  final NetworkNamespace server;

  TestNetwork() throws Exception {
    Rights.assume();
    try {
      for (String name : List.of("client", "director", "server")) {
        ip("netns add " + prefix + name);
        inside(name, "ip link set lo up");
      }
      wire("client", CLIENT, "eth0", DIRECTOR);
      wire("server", SERVER, "eth1", "10.2.0.254");
      inside("client", "ip route add default via " + DIRECTOR);
      inside("server", "ip route add default via 10.2.0.254");
      inside("server", "ip addr add " + VIP + "/32 dev lo");
      inside("director", "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0");
      inside("server", "sysctl -qw net.ipv4.conf.all.rp_filter=0");
      client = namespace("client");
      director = namespace("director");
      server = namespace("server");
      for (NetworkNamespace end : List.of(client, server)) {
        feature(end, Ethtool.TRANSMIT_CHECKSUM, false);
      }
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  private NetworkNamespace namespace(String name) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.named(prefix + name);
    open.add(namespace);
    return namespace;
  }

  private void wire(String host, String hostAddress, String device, String address)
      throws Exception {
    ip(
        "link add eth0 netns %s type veth peer name %s netns %s"
            .formatted(prefix + host, device, prefix + "director"));
    inside(host, "ip addr add " + hostAddress + "/24 dev eth0");
    inside(host, "ip link set eth0 up");
    inside("director", "ip addr add " + address + "/24 dev " + device);
    inside("director", "ip link set " + device + " up");
  }

  /** Lets the client's and the server's devices poll, as native redirecting to them needs. */
  void poll(boolean polls) throws Exception {
    for (NetworkNamespace end : List.of(client, server)) {
      feature(end, Ethtool.GENERIC_RECEIVE, polls);
    }
  }

  private static void feature(NetworkNamespace namespace, String feature, boolean on)
      throws Exception {
    namespace.run(
        () -> {
          try (Ethtool ethtool = Ethtool.open()) {
            ethtool.setFeatures("eth0", Map.of(feature, on));
          }
          return null;
        });
  }

  /** Index of one of the director's interfaces. */
  int index(String device) throws Exception {
    return director.run(
        () -> {
          try (RouteSocket routes = RouteSocket.open()) {
            return routes.link(device).orElseThrow().index();
          }
        });
  }

  static Address address(String text) {
    return Address.of(text);
  }

  /** Runs a command in the host's namespace. */
  void inside(String host, String command) throws Exception {
    ip("netns exec " + prefix + host + " " + command);
  }

  private static void ip(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("ip " + arguments + ": " + output);
    }
  }

  /** Runs an action on a thread of its own in a namespace, without waiting for its end. */
  static <T> FutureTask<T> start(NetworkNamespace in, Callable<T> action) {
    var task = new FutureTask<T>(() -> in.run(action));
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  @Override
  public void close() throws IOException {
    open.forEach(NetworkNamespace::close);
    for (String name : List.of("client", "director", "server")) {
      try {
        ip("netns del " + prefix + name);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        // It was never made.
      }
    }
  }
}
