package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.engine.Output;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.EgressHook;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.xdp.XdpOptions.AttachMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real hosts talk through the data plane. The connections are written into the table by hand; the
 * director behind it only sends what comes up to the connection's hop.
 */
@Tag("system")
@Timeout(60)
class XdpDataPlaneTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int CLIENT_PORT = 40000;

  private TestNetwork network;

  @BeforeEach
  void build() throws Exception {
    network = new TestNetwork();
  }

  @AfterEach
  void tearDown() throws IOException {
    if (network != null) {
      network.close();
    }
  }

  private XdpDataPlane open(AttachMode mode, String... interfaces) throws Exception {
    return network.director.run(
        () -> XdpDataPlane.open(new XdpOptions(List.of(interfaces), mode, 1024, 16)));
  }

  private void start(XdpDataPlane plane, FrameHandler handler) throws Exception {
    network.director.run(
        () -> {
          plane.start(handler);
          return null;
        });
  }

  /** A director that sends what comes up to one hop, a hop older; counts what it saw. */
  private static final class Forwarder implements FrameHandler {
    final AtomicInteger packets = new AtomicInteger();
    private final Hop hop;

    Forwarder(Hop hop) {
      this.hop = hop;
    }

    @Override
    public void receive(Packet packet, long nowNanos, Output output) {
      packets.incrementAndGet();
      packet.u8(8, packet.u8(8) - 1);
      int checksum = packet.u16(10) + 0x0100;
      packet.u16(10, checksum + (checksum >>> 16));
      output.transmit(hop, packet);
    }

    @Override
    public void advance(long nowNanos, Output output) {}
  }

  /** A director that gives everything back to the host. */
  private static final class Deliverer implements FrameHandler {
    final AtomicInteger packets = new AtomicInteger();

    @Override
    public void receive(Packet packet, long nowNanos, Output output) {
      packets.incrementAndGet();
      output.deliver(packet);
    }

    @Override
    public void advance(long nowNanos, Output output) {}
  }

  private static Interest endpoint(String address, int protocol, int port) {
    return new Interest(Optional.of(Address.of(address)), protocol, port);
  }

  private static void add(XdpDataPlane plane, TestConnection connection) {
    new TestTable(plane.slots(), plane.buckets(), plane.seed()).add(connection);
  }

  @ParameterizedTest
  @EnumSource(
      value = AttachMode.class,
      names = {"NATIVE", "GENERIC"})
  void tcpFlowsByDirectRouting(AttachMode mode) throws Exception {
    network.poll(mode == AttachMode.NATIVE);
    try (XdpDataPlane plane = open(mode, "eth0", "eth1")) {
      Hop hop = plane.hops().hop(network.index("eth1"), Address.of(TestNetwork.SERVER), 0);
      add(
          plane,
          TestConnection.direct(TCP, TestNetwork.CLIENT, CLIENT_PORT, TestNetwork.VIP, 80)
              .hops(hop.number(), 0));
      Forwarder director = new Forwarder(hop);
      start(plane, director);

      FutureTask<Integer> served = serveTcp();
      int answered = talkTcp(200_000);

      assertThat(served.get(10, TimeUnit.SECONDS)).isEqualTo(200_000);
      assertThat(answered).isEqualTo(200_000);
      Statistics counted = plane.counters().read(1);
      assertThat(counted.inPackets()).isGreaterThan(20);
      assertThat(counted.inBytes()).isGreaterThan(200_000);
      assertThat(director.packets.get()).as("SYN and FIN").isBetween(2, 10);
      PlaneStatus status = plane.status();
      assertThat(status.interfaces())
          .extracting(PlaneStatus.InterfaceStatus::mode)
          .containsOnly(mode == AttachMode.NATIVE ? XdpMode.NATIVE : XdpMode.GENERIC);
      assertThat(status.packets().transmitted()).isEqualTo(director.packets.get());
    }
  }

  /** Counts bytes and sends back as many. */
  private FutureTask<Integer> serveTcp() {
    return TestNetwork.start(
        network.server,
        () -> {
          try (ServerSocket listening =
              new ServerSocket(80, 1, InetAddress.getByName(TestNetwork.VIP))) {
            listening.setSoTimeout(10_000);
            try (Socket socket = listening.accept()) {
              socket.setSoTimeout(10_000);
              byte[] received = socket.getInputStream().readAllBytes();
              socket.getOutputStream().write(received);
              return received.length;
            }
          }
        });
  }

  private int talkTcp(int bytes) throws Exception {
    return network.client.run(
        () -> {
          Thread.sleep(300);
          try (Socket socket = new Socket()) {
            socket.setSoTimeout(10_000);
            socket.bind(new InetSocketAddress(CLIENT_PORT));
            socket.connect(new InetSocketAddress(TestNetwork.VIP, 80), 10_000);
            socket.getOutputStream().write(new byte[bytes]);
            socket.shutdownOutput();
            return socket.getInputStream().readAllBytes().length;
          }
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = AttachMode.class,
      names = {"NATIVE", "GENERIC"})
  void datagramsAreMasqueradedBothWays(AttachMode mode) throws Exception {
    network.poll(mode == AttachMode.NATIVE);
    try (XdpDataPlane plane = open(mode, "eth0", "eth1")) {
      Hop in = plane.hops().hop(network.index("eth1"), Address.of(TestNetwork.SERVER), 0);
      Hop out = plane.hops().hop(network.index("eth0"), Address.of(TestNetwork.CLIENT), 0);
      add(
          plane,
          TestConnection.direct(UDP, TestNetwork.CLIENT, CLIENT_PORT, TestNetwork.VIP, 53)
              .masqueraded(TestNetwork.SERVER, 5353)
              .hops(in.number(), out.number()));
      start(plane, new Forwarder(in));

      FutureTask<Integer> echo = echoDatagrams(50);
      int answers = exchangeDatagrams(TestNetwork.VIP, 53, 50);

      assertThat(answers).isEqualTo(50);
      assertThat(echo.get(10, TimeUnit.SECONDS)).isEqualTo(50);
      Statistics counted = plane.counters().read(1);
      assertThat(counted.inPackets() + plane.status().packets().received())
          .isGreaterThanOrEqualTo(50);
      assertThat(counted.outPackets()).isGreaterThanOrEqualTo(45);
    }
  }

  private FutureTask<Integer> echoDatagrams(int count) {
    return TestNetwork.start(
        network.server,
        () -> {
          int echoed = 0;
          try (DatagramSocket socket =
              new DatagramSocket(5353, InetAddress.getByName(TestNetwork.SERVER))) {
            socket.setSoTimeout(5_000);
            while (echoed < count) {
              DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
              socket.receive(packet);
              socket.send(packet);
              echoed++;
            }
          }
          return echoed;
        });
  }

  /** Sends datagrams of several lengths one after the other; answers how many came back. */
  private int exchangeDatagrams(String address, int port, int count) throws Exception {
    return network.client.run(
        () -> {
          Thread.sleep(300);
          int answers = 0;
          try (DatagramSocket socket =
              new DatagramSocket(CLIENT_PORT, InetAddress.getByName(TestNetwork.CLIENT))) {
            socket.connect(new InetSocketAddress(address, port));
            socket.setSoTimeout(3_000);
            for (int i = 0; i < count; i++) {
              byte[] payload = new byte[1 + 29 * i];
              Arrays.fill(payload, (byte) i);
              socket.send(new DatagramPacket(payload, payload.length));
              DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
              socket.receive(answer);
              if (Arrays.equals(payload, Arrays.copyOf(answer.getData(), answer.getLength()))) {
                answers++;
              }
            }
          }
          return answers;
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = AttachMode.class,
      names = {"NATIVE", "GENERIC"})
  void whatIsNotTheDirectorsReachesTheHostOnItsInterface(AttachMode mode) throws Exception {
    try (XdpDataPlane plane = open(mode, "eth0", "eth1")) {
      plane
          .interests()
          .update(List.of(endpoint(TestNetwork.DIRECTOR, UDP, 7)), List.of(), List.of());
      Deliverer director = new Deliverer();
      start(plane, director);

      FutureTask<Integer> echo =
          TestNetwork.start(
              network.director,
              () -> {
                int echoed = 0;
                try (DatagramSocket socket = new DatagramSocket(7)) {
                  socket.setSoTimeout(5_000);
                  while (echoed < 20) {
                    DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                    socket.receive(packet);
                    socket.send(packet);
                    echoed++;
                  }
                }
                return echoed;
              });
      int answers = exchangeDatagrams(TestNetwork.DIRECTOR, 7, 20);

      assertThat(answers).isEqualTo(20);
      assertThat(echo.get(10, TimeUnit.SECONDS)).isEqualTo(20);
      assertThat(director.packets.get()).as("each packet came up once").isEqualTo(20);
      assertThat(plane.status().packets().delivered()).isEqualTo(20);
    }
  }

  @Test
  void aKilledDirectorsConnectionsGoOnAndTheNextOneTakesThemOver() throws Exception {
    network.poll(true);
    XdpDataPlane first = open(AttachMode.AUTO, "eth0", "eth1");
    int eth1 = network.index("eth1");
    int eth0 = network.index("eth0");
    Hop in = first.hops().hop(eth1, Address.of(TestNetwork.SERVER), 0);
    Hop out = first.hops().hop(eth0, Address.of(TestNetwork.CLIENT), 0);
    add(
        first,
        TestConnection.direct(UDP, TestNetwork.CLIENT, CLIENT_PORT, TestNetwork.VIP, 53)
            .masqueraded(TestNetwork.SERVER, 5353)
            .hops(in.number(), out.number()));
    first.interests().update(List.of(endpoint(TestNetwork.VIP, UDP, 53)), List.of(), List.of());
    start(first, new Forwarder(in));
    FutureTask<Integer> echo = echoDatagrams(30);
    assertThat(exchangeDatagrams(TestNetwork.VIP, 53, 10)).isEqualTo(10);

    first.close(false);
    assertThat(programsForAnswers()).isEqualTo(2);
    assertThat(exchangeDatagrams(TestNetwork.VIP, 53, 10)).as("alone").isEqualTo(10);

    try (XdpDataPlane second = open(AttachMode.AUTO, "eth0", "eth1")) {
      assertThat(second.adopted()).isTrue();
      assertThat(second.slots().byteSize()).isEqualTo(1025L * ConnectionLayout.SLOT_BYTES);
      assertThat(second.hops().hop(eth1, Address.of(TestNetwork.SERVER), 0).number())
          .isEqualTo(in.number());
      start(second, new Forwarder(in));
      assertThat(exchangeDatagrams(TestNetwork.VIP, 53, 10)).isEqualTo(10);
      assertThat(programsForAnswers()).as("its own in the place of the first's").isEqualTo(2);
      assertThat(second.counters().read(1).outPackets()).isGreaterThan(25);
      assertThat(second.status().adopted()).isTrue();
    }
    assertThat(programsForAnswers()).as("after a clean end").isZero();
    assertThat(echo.get(10, TimeUnit.SECONDS)).isEqualTo(30);
    try (XdpDataPlane third = open(AttachMode.AUTO, "eth0")) {
      assertThat(third.adopted()).as("after a clean end").isFalse();
    }
  }

  /** How many programs see what the director's interfaces send. */
  private int programsForAnswers() throws Exception {
    int count = 0;
    for (String name : List.of("eth0", "eth1")) {
      int index = network.index(name);
      count += network.director.run(() -> EgressHook.programs(index).size());
    }
    return count;
  }

  @Test
  void automaticModeIsNativeOnlyWhereRedirectingWorks() throws Exception {
    network.poll(false);
    try (XdpDataPlane plane = open(AttachMode.AUTO, "eth0", "eth1")) {
      start(plane, new Deliverer());
      assertThat(plane.status().interfaces())
          .allSatisfy(
              served -> {
                assertThat(served.mode()).isEqualTo(XdpMode.GENERIC);
                assertThat(served.reason()).contains("drops redirected frames");
              });
    }
    network.poll(true);
    try (XdpDataPlane plane = open(AttachMode.AUTO, "eth0", "eth1")) {
      start(plane, new Deliverer());
      assertThat(plane.status().interfaces())
          .extracting(PlaneStatus.InterfaceStatus::mode)
          .containsExactly(XdpMode.NATIVE, XdpMode.NATIVE);
    }
  }

  @Test
  void namesAnInterfaceThatIsNotThere() {
    assertThatThrownBy(() -> open(AttachMode.AUTO, "eth0", "eth7"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "there is no interface eth7 in this network namespace; there are: lo, eth0, eth1");
  }

  @Test
  void refusesAnInterfaceThatRunsAnotherProgram() throws Exception {
    network.director.run(
        () -> {
          try (BpfObject other =
                  BpfObject.load(
                      DirectorObject.director(),
                      LoadOptions.defaults().only(DirectorObject.DELIVER));
              RouteSocket routes = RouteSocket.open()) {
            int eth0 = routes.link("eth0").orElseThrow().index();
            routes.attachXdp(eth0, other.program(DirectorObject.DELIVER).fd(), XdpMode.GENERIC);
          }
          return null;
        });

    assertThatThrownBy(() -> open(AttachMode.AUTO, "eth0"))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            "eth0 already runs another XDP program, deliver \\(id \\d+\\); take it off with"
                + " 'ip link set dev eth0 xdp off', or serve other interfaces");
    assertThatThrownBy(() -> open(AttachMode.AUTO, "lo"))
        .hasMessage("lo is no Ethernet interface, so it can't be served");
  }

  @Test
  void anErrorInTheDirectorCostsOnePacket() throws Exception {
    try (XdpDataPlane plane = open(AttachMode.GENERIC, "eth0", "eth1")) {
      plane.interests().update(List.of(endpoint(TestNetwork.VIP, UDP, 53)), List.of(), List.of());
      AtomicInteger packets = new AtomicInteger();
      start(
          plane,
          new FrameHandler() {
            @Override
            public void receive(Packet packet, long nowNanos, Output output) {
              packets.incrementAndGet();
              throw new IllegalStateException("on purpose, by a test");
            }

            @Override
            public void advance(long nowNanos, Output output) {}
          });

      network.client.run(
          () -> {
            try (DatagramSocket socket = new DatagramSocket()) {
              for (int i = 0; i < 3; i++) {
                socket.send(
                    new DatagramPacket(
                        new byte[10], 10, new InetSocketAddress(TestNetwork.VIP, 53)));
              }
            }
            return null;
          });

      long deadline = System.nanoTime() + 5_000_000_000L;
      while (packets.get() < 3 && System.nanoTime() - deadline < 0) {
        Thread.sleep(10);
      }
      assertThat(plane.status().packets().failed()).isEqualTo(3);
    }
  }

  @Test
  void packetsWaitForTheirServersEthernetAddress() throws Exception {
    try (XdpDataPlane plane = open(AttachMode.GENERIC, "eth0", "eth1")) {
      Hop present = plane.hops().hop(network.index("eth1"), Address.of(TestNetwork.SERVER), 0);
      Hop absent = plane.hops().hop(network.index("eth1"), Address.of("10.2.0.99"), 0);
      assertThat(plane.hops().isResolved(present.number())).isFalse();
      byte[] bytes = PacketBuilder.ip().ipv4(TestNetwork.CLIENT, TestNetwork.VIP).udp(1, 2).build();
      AtomicInteger turns = new AtomicInteger();
      start(
          plane,
          new FrameHandler() {
            @Override
            public void receive(Packet packet, long nowNanos, Output output) {}

            @Override
            public void advance(long nowNanos, Output output) {
              if (turns.getAndIncrement() == 0) {
                Packet packet = new Packet().wrap(MemorySegment.ofArray(bytes), 0, bytes.length, 0);
                output.transmit(present, packet);
                output.transmit(absent, packet);
              }
            }
          });

      long deadline = System.nanoTime() + 5_000_000_000L;
      while (plane.status().packets().unresolved() == 0 && System.nanoTime() - deadline < 0) {
        Thread.sleep(10);
      }
      assertThat(plane.status().packets().transmitted()).isEqualTo(1);
      assertThat(plane.status().packets().unresolved()).isEqualTo(1);
    }
  }

  @Test
  void interfacesComeAndGoWhileItRuns() throws Exception {
    network.inside("director", "ip link add dummy0 type veth peer name dummy1");
    network.inside("director", "ip link set dummy0 up");
    try (XdpDataPlane plane = open(AttachMode.GENERIC, "eth0", "dummy0")) {
      start(plane, new Deliverer());
      assertThat(servedNames(plane)).containsExactly("eth0", "dummy0");

      network.inside("director", "ip link del dummy0");
      awaitServed(plane, List.of("eth0"));

      network.inside("director", "ip link add dummy0 type veth peer name dummy1");
      network.inside("director", "ip link set dummy0 up");
      awaitServed(plane, List.of("eth0", "dummy0"));
    }
  }

  private static List<String> servedNames(XdpDataPlane plane) throws Exception {
    return plane.status().interfaces().stream().map(PlaneStatus.InterfaceStatus::name).toList();
  }

  private static void awaitServed(XdpDataPlane plane, List<String> names) throws Exception {
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (!servedNames(plane).equals(names) && System.nanoTime() - deadline < 0) {
      Thread.sleep(10);
    }
    assertThat(servedNames(plane)).isEqualTo(names);
  }

  @Test
  void tasksRunOnTheEngineThreadUntilItEnds() throws Exception {
    XdpDataPlane plane = open(AttachMode.GENERIC, "eth0");
    assertThatThrownBy(() -> plane.call(() -> 1)).isInstanceOf(IllegalStateException.class);
    start(plane, new Deliverer());

    Thread engine = plane.call(Thread::currentThread);
    assertThat(engine.getName()).isEqualTo("jlvs-engine");
    assertThat(plane.<Integer>call(() -> plane.call(() -> 42))).isEqualTo(42);
    assertThatThrownBy(
            () ->
                plane.call(
                    () -> {
                      throw new IOException("no");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("no");

    plane.close();
    assertThat(engine.isAlive()).isFalse();
    assertThatThrownBy(() -> plane.call(() -> 1)).isInstanceOf(IllegalStateException.class);
  }
}
