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
 * One director between the sender and the receiver, each end a veth pair:
 *
 * <pre>
 *   sender jbgN 10.1.N.2 ── 10.1.N.1 jbiN director jboN 10.2.N.1 ── 10.2.N.2 jbsN receiver
 * </pre>
 *
 * Devices carry a lane's number, so that their kernel threads can be told apart.
 */
final class Lane {
  private final int number;
  private final Host sender;
  private final Host director;
  private final Host receiver;

  private Lane(int number, Host sender, Host director, Host receiver) {
    this.number = number;
    this.sender = sender;
    this.director = director;
    this.receiver = receiver;
  }

  /** Builds a lane; {@code count} is attached natively where packets come out. */
  static Lane build(Testbed testbed, int number, Host sender, Host receiver, BpfProgram count)
      throws Exception {
    Host director = testbed.host("director" + number);
    Lane lane = new Lane(number, sender, director, receiver);
    testbed.connect(sender, lane.sending(), director, lane.entering());
    testbed.connect(director, lane.leaving(), receiver, lane.receiving());
    sender.address(lane.sending(), "10.1." + number + ".2/24");
    director.address(lane.entering(), "10.1." + number + ".1/24");
    director.address(lane.leaving(), "10.2." + number + ".1/24");
    receiver.address(lane.receiving(), "10.2." + number + ".2/24");
    director.sysctl("net.ipv4.ip_forward", "1");
    // Without GRO, or an XDP program, a veth drops frames that are redirected to its peer.
    sender.require("ethtool", "-K", lane.sending(), "gro", "on");
    director.require("ethtool", "-K", lane.entering(), "gro", "on");
    director.require("ethtool", "-K", lane.leaving(), "gro", "on");
    int receiving = link(receiver, lane.receiving()).index();
    inside(
        receiver,
        () -> {
          try (RouteSocket routes = RouteSocket.open()) {
            routes.attachXdp(receiving, count.fd(), XdpMode.NATIVE);
          }
          return receiving;
        });
    return lane;
  }

  /** Puts both receiving ends on their processors; again after programs were attached. */
  void pin(Cpus cpus) {
    Cpus.receiveOn(director, entering(), cpus.director(), false);
    Cpus.receiveOn(receiver, receiving(), cpus.receiver(), true);
  }

  /** A stream through this lane. */
  Traffic.Stream stream(Traffic.Endpoint destination, Traffic.Endpoint received) throws Exception {
    return new Traffic.Stream(
        link(sender, sending()).index(),
        mac(sender, sending()),
        mac(director, entering()),
        destination,
        received);
  }

  Host director() {
    return director;
  }

  /** An address on the sender's side that the director answers for. */
  String virtualAddress(int last) {
    return "10.1." + number + "." + last;
  }

  /** The receiver's address. */
  String server() {
    return "10.2." + number + ".2";
  }

  String entering() {
    return "jbi" + number;
  }

  String leaving() {
    return "jbo" + number;
  }

  private String sending() {
    return "jbg" + number;
  }

  private String receiving() {
    return "jbs" + number;
  }

  private static String mac(Host host, String device) throws Exception {
    return String.valueOf(link(host, device).mac());
  }

  private static Link link(Host host, String device) throws Exception {
    return inside(
        host,
        () -> {
          try (RouteSocket routes = RouteSocket.open()) {
            return routes
                .link(device)
                .orElseThrow(() -> new IOException("no device " + device + " in " + host.name()));
          }
        });
  }

  private static <T> T inside(Host host, Callable<T> action) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(action);
    }
  }
}
