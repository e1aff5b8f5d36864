package org.jlvs.testbed.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * A veth pair from one host to another. Both ends have GRO on: without it, or an XDP program, an
 * end drops the frames that are redirected to the other.
 */
record Wire(Host from, String fromDevice, Host to, String toDevice) {

  /** Joins two hosts. */
  static Wire lay(Testbed testbed, Host from, String fromDevice, Host to, String toDevice) {
    testbed.connect(from, fromDevice, to, toDevice);
    from.require("ethtool", "-K", fromDevice, "gro", "on");
    to.require("ethtool", "-K", toDevice, "gro", "on");
    return new Wire(from, fromDevice, to, toDevice);
  }

  /** Gives each end an address of the network {@code prefix}.0/24: .2 and .1. */
  Wire addresses(String prefix) {
    from.address(fromDevice, prefix + ".2/24");
    to.address(toDevice, prefix + ".1/24");
    return this;
  }

  /** Runs a program, in the driver, on what arrives. */
  void attach(BpfProgram program) throws Exception {
    int index = link(to, toDevice).index();
    inside(
        to,
        routes -> {
          routes.attachXdp(index, program.fd(), XdpMode.NATIVE);
          return index;
        });
  }

  /** A stream that enters this wire. */
  Traffic.Stream stream(Traffic.Endpoint destination, Traffic.Endpoint received, int hops)
      throws Exception {
    Link sending = link(from, fromDevice);
    return new Traffic.Stream(
        sending.index(),
        String.valueOf(sending.mac()),
        String.valueOf(link(to, toDevice).mac()),
        destination,
        received,
        hops);
  }

  private static Link link(Host host, String device) throws Exception {
    return inside(
        host,
        routes ->
            routes
                .link(device)
                .orElseThrow(() -> new IOException("no device " + device + " in " + host.name())));
  }

  private interface Asking<T> {
    T ask(RouteSocket routes) throws IOException;
  }

  private static <T> T inside(Host host, Asking<T> question) throws Exception {
    Callable<T> asked =
        () -> {
          try (RouteSocket routes = RouteSocket.open()) {
            return question.ask(routes);
          }
        };
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(asked);
    }
  }
}
