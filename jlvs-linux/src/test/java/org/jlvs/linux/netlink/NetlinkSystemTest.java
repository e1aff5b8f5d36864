package org.jlvs.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.bpf.SampleObject;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("system")
class NetlinkSystemTest {
  private static final long SECOND = 1_000_000_000L;

  private VethPair pair;
  private RouteSocket left;

  @BeforeEach
  void makeNetwork() throws Exception {
    pair = VethPair.create();
    left = pair.left().run(RouteSocket::open);
  }

  @AfterEach
  void removeNetwork() throws Exception {
    if (left != null) {
      left.close();
    }
    if (pair != null) {
      pair.close();
    }
  }

  @Test
  void linksAreDescribed() throws Exception {
    pair.ip("left", "link", "set", "left", "mtu", "1400", "address", "02:00:00:00:00:0a");

    Link link = left.link("left").orElseThrow();

    assertThat(link.name()).isEqualTo("left");
    assertThat(link.kind()).isEqualTo("veth");
    assertThat(link.mac()).isEqualTo(new MacAddress(0x0200_0000_000aL));
    assertThat(link.mtu()).isEqualTo(1400);
    assertThat(link.isUp()).isTrue();
    assertThat(link.isRunning()).isTrue();
    assertThat(link.rxQueues()).isPositive();
    assertThat(link.xdp()).isEmpty();
    assertThat(left.link(link.index())).contains(link);
    assertThat(left.links()).contains(link).anyMatch(Link::isLoopback).hasSizeGreaterThan(1);
    assertThat(left.link("absent")).isEmpty();
    assertThat(left.link("a name that is far too long for a device")).isEmpty();
    assertThat(left.link(4711)).isEmpty();
  }

  @Test
  void addressesAreListed() throws Exception {
    int index = index("left");
    assertThat(left.addresses())
        .contains(
            new InterfaceAddress(index, address("10.9.0.1"), 24, 0),
            new InterfaceAddress(index, address("fd09::1"), 64, 0),
            new InterfaceAddress(1, address("127.0.0.1"), 8, 254));
  }

  @Test
  void routesAreListedAndAsked() throws Exception {
    int index = index("left");
    pair.ip(
        "left", "route", "add", "192.0.2.0/24", "via", "10.9.0.2", "metric", "7", "mtu", "1300");
    pair.ip("left", "route", "add", "blackhole", "198.51.100.0/24");
    Route.NextHop byRight = new Route.NextHop(index, address("10.9.0.2"), 1);

    assertThat(left.routes())
        .contains(
            new Route(
                address("192.0.2.0"),
                24,
                Route.Type.UNICAST,
                Route.TABLE_MAIN,
                7,
                null,
                List.of(byRight),
                1300))
        .anyMatch(
            route ->
                route.type() == Route.Type.LOCAL
                    && route.table() == Route.TABLE_LOCAL
                    && route.destination().equals(unchecked("10.9.0.1")))
        .anyMatch(route -> route.type() == Route.Type.BLACKHOLE)
        .anyMatch(route -> route.destination().equals(unchecked("fd09::")));

    Route route = left.routeTo(address("192.0.2.9")).orElseThrow();
    assertThat(route.nextHops()).containsExactly(byRight);
    assertThat(route.preferredSource()).isEqualTo(address("10.9.0.1"));
    assertThat(left.routeTo(address("10.9.0.1")).orElseThrow().type()).isEqualTo(Route.Type.LOCAL);
    assertThat(left.routeTo(address("fd09::7")).orElseThrow().nextHops())
        .containsExactly(new Route.NextHop(index, null, 1));
    assertThat(left.routeTo(address("203.0.113.1"))).isEmpty();
    assertThat(left.routeTo(address("198.51.100.1"))).isEmpty();
    assertThat(left.routeTo(address("2001:db8::1"))).isEmpty();
  }

  @Test
  void aNeighbourIsResolvedOnRequestAndAnnounced() throws Exception {
    MacAddress right =
        pair.right()
            .run(
                () -> {
                  try (RouteSocket socket = RouteSocket.open()) {
                    return socket.link("right").orElseThrow().mac();
                  }
                });
    int index = index("left");
    try (RouteMonitor monitor = pair.left().run(RouteMonitor::open)) {
      for (String text : List.of("10.9.0.2", "fd09::2")) {
        left.resolve(index, address(text));

        Neighbour found =
            await(
                monitor,
                event ->
                    event instanceof NetworkEvent.NeighbourChanged changed
                            && changed.neighbour().isConnected()
                            && changed.neighbour().address().equals(unchecked(text))
                        ? Optional.of(changed.neighbour())
                        : Optional.empty());

        assertThat(found)
            .isEqualTo(new Neighbour(index, address(text), right, Neighbour.NUD_REACHABLE));
        assertThat(left.neighbours()).contains(found);
      }
      left.resolve(index, address("10.9.0.77"));
      assertThat(left.neighbours())
          .filteredOn(neighbour -> neighbour.address().equals(unchecked("10.9.0.77")))
          .singleElement()
          .satisfies(
              unknown -> {
                assertThat(unknown.mac()).isNull();
                assertThat(unknown.isValid()).isFalse();
              });
    }
    assertThatThrownBy(() -> left.resolve(4711, address("10.9.0.2")))
        .isInstanceOf(LinuxException.class)
        .hasMessageStartingWith("resolve 10.9.0.2 on interface 4711: ");
  }

  @Test
  void aNeighbourEnteredForGoodStaysWhenItIsResolved() throws Exception {
    int index = index("left");
    pair.ip(
        "left",
        "neigh",
        "add",
        "10.9.0.78",
        "lladdr",
        "02:00:00:00:00:78",
        "dev",
        "left",
        "nud",
        "permanent");
    left.resolve(index, address("10.9.0.78"));

    assertThat(left.neighbour(index, address("10.9.0.78")))
        .contains(
            new Neighbour(
                index,
                address("10.9.0.78"),
                MacAddress.of(new byte[] {2, 0, 0, 0, 0, 0x78}),
                Neighbour.NUD_PERMANENT));
    assertThat(left.neighbour(index, address("10.9.0.79"))).isEmpty();
  }

  @Test
  void changesAreAnnounced() throws Exception {
    int index = index("left");
    try (RouteMonitor monitor = pair.left().run(RouteMonitor::open)) {
      pair.ip("left", "addr", "add", "10.8.0.1/24", "dev", "left");
      pair.ip("left", "route", "add", "192.0.2.0/24", "via", "10.9.0.2");
      pair.ip("left", "route", "del", "192.0.2.0/24");
      pair.ip("left", "addr", "del", "10.8.0.1/24", "dev", "left");
      pair.ip("left", "link", "set", "left", "down");
      pair.ip("left", "link", "del", "left");
      List<NetworkEvent> events = new ArrayList<>();
      LinkGone gone = new LinkGone(index);
      await(
          monitor,
          event -> {
            events.add(event);
            return gone.test(event) ? Optional.of(event) : Optional.empty();
          });

      InterfaceAddress added = new InterfaceAddress(index, address("10.8.0.1"), 24, 0);
      assertThat(events)
          .contains(new NetworkEvent.AddressAdded(added), new NetworkEvent.AddressRemoved(added))
          .anyMatch(event -> isRoute(event, "192.0.2.0", NetworkEvent.RouteAdded.class))
          .anyMatch(event -> isRoute(event, "192.0.2.0", NetworkEvent.RouteRemoved.class))
          .anyMatch(
              event -> event instanceof NetworkEvent.LinkChanged changed && !changed.link().isUp());
    }
  }

  @Test
  void aPortThatLeavesItsBridgeIsNotTakenForRemoved() throws Exception {
    pair.ip("left", "link", "add", "bridge9", "type", "bridge");
    int index = index("left");
    int bridge = index("bridge9");
    try (RouteMonitor monitor = pair.left().run(RouteMonitor::open)) {
      pair.ip("left", "link", "set", "left", "master", "bridge9");
      assertThat(left.link(index).orElseThrow().master()).isEqualTo(bridge);
      pair.ip("left", "link", "set", "left", "nomaster");
      pair.ip("left", "link", "del", "bridge9");
      List<NetworkEvent> events = new ArrayList<>();
      LinkGone gone = new LinkGone(bridge);
      await(
          monitor,
          event -> {
            events.add(event);
            return gone.test(event) ? Optional.of(event) : Optional.empty();
          });
      assertThat(events).noneMatch(new LinkGone(index));
      assertThat(left.link(index).orElseThrow().master()).isZero();
    }
  }

  @Test
  void anOverrunIsSaid() throws Exception {
    try (RouteMonitor monitor = pair.left().run(RouteMonitor::open)) {
      StringBuilder batch = new StringBuilder();
      for (int i = 0; i < 30_000; i++) {
        batch.append("route add 192.0.").append(i >> 8).append('.').append(i & 0xff);
        batch.append("/32 dev left\n");
      }
      Path file = Files.createTempFile("routes", null);
      try {
        Files.writeString(file, batch);
        pair.ip("left", "-batch", file.toString());
      } finally {
        Files.delete(file);
      }
      List<NetworkEvent> events = new ArrayList<>();
      await(
          monitor,
          event -> {
            events.add(event);
            return event instanceof NetworkEvent.Lost ? Optional.of(event) : Optional.empty();
          });
      assertThat(events).contains(new NetworkEvent.Lost());
      assertThat(left.routes()).hasSizeGreaterThan(30_000);
    }
  }

  @Test
  void aProgramIsAttachedReplacedAndDetachedInBothModes() throws Exception {
    int index = index("left");
    for (XdpMode mode : List.of(XdpMode.NATIVE, XdpMode.GENERIC)) {
      try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults())) {
        BpfProgram pass = object.program("pass");
        BpfProgram count = object.program("count");
        left.attachXdp(index, pass.fd(), mode);
        assertThat(left.link(index).orElseThrow().xdp())
            .contains(new Link.AttachedProgram(mode, pass.info().id()));
        assertThatThrownBy(() -> left.attachXdp(index, count.fd(), mode))
            .isInstanceOfSatisfying(
                LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
            .hasMessageContaining("attach an XDP program to interface " + index + ", " + mode);
        assertThatThrownBy(() -> left.replaceXdp(index, count.fd(), pass.fd(), mode))
            .isInstanceOfSatisfying(
                LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        left.replaceXdp(index, pass.fd(), count.fd(), mode);
        assertThat(left.link(index).orElseThrow().xdp())
            .contains(new Link.AttachedProgram(mode, count.info().id()));
        left.detachXdp(index, count.fd(), mode);
        assertThat(left.link(index).orElseThrow().xdp()).isEmpty();
      }
    }
  }

  @Test
  void aDriverWithoutNativeXdpIsNamed() throws Exception {
    int loopback = index("lo");
    try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults())) {
      Fd pass = object.program("pass").fd();
      assertThatThrownBy(() -> left.attachXdp(loopback, pass, XdpMode.NATIVE))
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("its driver doesn't run XDP programs so");
    }
  }

  @Test
  void aChangeOfNftablesIsHeard() throws Exception {
    try (NftablesMonitor monitor = pair.left().run(NftablesMonitor::open)) {
      assertThat(monitor.changed()).isFalse();
      pair.exec("left", "nft", "add", "table", "ip", "mine");
      assertThat(monitor.changed()).isTrue();
      assertThat(monitor.changed()).isFalse();
      pair.exec("right", "nft", "add", "table", "ip", "theirs");
      assertThat(monitor.changed()).isFalse();
    }
  }

  @Test
  void genericFamiliesAreFoundByName() throws Exception {
    try (GenericNetlink generic = GenericNetlink.open()) {
      GenericNetlink.Family control = generic.family("nlctrl").orElseThrow();
      assertThat(control.id()).isEqualTo(16);
      assertThat(control.name()).isEqualTo("nlctrl");
      assertThat(control.groups()).containsKey("notify");
      assertThat(generic.family("nobody")).isEmpty();
      assertThat(generic.exchange(generic.dumpRequest(control, 3), "list families"))
          .isNotEmpty()
          .allMatch(message -> message.attributes(GenericNetlink.HEADER_BYTES).has(2));
    }
  }

  private record LinkGone(int index) implements Predicate<NetworkEvent> {
    @Override
    public boolean test(NetworkEvent event) {
      return event instanceof NetworkEvent.LinkRemoved removed && removed.link().index() == index;
    }
  }

  private static boolean isRoute(
      NetworkEvent event, String destination, Class<? extends NetworkEvent> kind) {
    Route route =
        switch (event) {
          case NetworkEvent.RouteAdded added -> added.route();
          case NetworkEvent.RouteRemoved removed -> removed.route();
          default -> null;
        };
    return kind.isInstance(event)
        && route != null
        && route.destination().equals(unchecked(destination));
  }

  /** Reads events until {@code wanted} finds what it looks for, for 5 s at most. */
  private static <T> T await(RouteMonitor monitor, Function<NetworkEvent, Optional<T>> wanted)
      throws Exception {
    List<T> found = new ArrayList<>();
    try (PollSet set = new PollSet()) {
      set.add(monitor.fd(), PollSet.READABLE);
      long deadline = System.nanoTime() + 5 * SECOND;
      while (found.isEmpty() && System.nanoTime() < deadline) {
        set.await(SECOND);
        monitor.read(event -> wanted.apply(event).ifPresent(found::add));
      }
    }
    assertThat(found).as("events within 5 s").isNotEmpty();
    return found.getFirst();
  }

  private int index(String name) throws LinuxException {
    return left.link(name).orElseThrow().index();
  }

  private static InetAddress address(String text) throws Exception {
    return InetAddress.getByName(text);
  }

  private static InetAddress unchecked(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
