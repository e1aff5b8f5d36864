package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.xdp.XdpOptions.AttachMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way of a connection: the engine decides, the program repeats, hosts talk. */
@Tag("system")
@Timeout(60)
class PacketEngineOnXdpTest {
  private static final int CONNECTIONS = 20;
  private static final int BYTES = 300_000;

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

  /** The director's two links; its own addresses end in 254, and the virtual one is its own. */
  private record TwoLinks(HopTable hops, int clients, int servers) implements Host {
    @Override
    public Route route(Address destination) {
      String address = destination.toString();
      if (address.endsWith(".254") || address.equals(TestNetwork.VIP)) {
        return new Route.Local();
      }
      int link = address.startsWith("10.0.0.") ? clients : servers;
      return new Route.Via(hops.hop(link, destination, 0));
    }

    @Override
    public @Nullable Address sourceAddress(Address destination) {
      return Address.of(TestNetwork.DIRECTOR);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NATIVE, DIRECT_ROUTE",
    "NATIVE, MASQUERADE",
    "GENERIC, DIRECT_ROUTE",
    "GENERIC, MASQUERADE"
  })
  void connectionsBeginAndEndInTheEngineAndRunInTheProgram(
      AttachMode mode, ForwardingMethod forwarding) throws Exception {
    network.poll(mode == AttachMode.NATIVE);
    boolean masquerade = forwarding == ForwardingMethod.MASQUERADE;
    String serverAddress = masquerade ? TestNetwork.SERVER : TestNetwork.VIP;
    int serverPort = masquerade ? 8080 : 80;
    try (XdpDataPlane plane =
        network.director.run(
            () -> XdpDataPlane.open(new XdpOptions(List.of("eth0", "eth1"), mode, 1024, 16)))) {
      PacketEngine engine = engine(plane);
      LocalDirector director = new LocalDirector(engine);
      ServiceKey service = new ServiceKey.Endpoint(Protocol.TCP, Address.of(TestNetwork.VIP), 80);
      director.addService(new ServiceSpec(service, "rr", 0, 0, 32, Optional.empty()));
      director.addServer(
          service,
          new ServerSpec(
              new ServerKey(Address.of(TestNetwork.SERVER), serverPort),
              forwarding,
              1,
              0,
              0,
              Tunnel.IPIP));
      start(plane, engine);

      FutureTask<Integer> served = serve(serverAddress, serverPort);
      int answered = talk();

      assertThat(answered).isEqualTo(CONNECTIONS * BYTES);
      assertThat(served.get(20, TimeUnit.SECONDS)).isEqualTo(CONNECTIONS);
      PlaneStatus.Packets packets = plane.status().packets();
      long inProgram = plane.counters().read(1).inPackets();
      assertThat(packets.failed()).isZero();
      assertThat(inProgram).as("packets that Java saw: %s", packets).isGreaterThan(1_000);
      assertThat(packets.received()).isLessThan(CONNECTIONS * 12);
      int connections = plane.call(() -> engine.connections().connectionCount());
      assertThat(connections).isEqualTo(CONNECTIONS);
    }
  }

  private PacketEngine engine(XdpDataPlane plane) throws Exception {
    long now = System.nanoTime();
    return new PacketEngine(
        new ServiceTable(plane.servers() - 1, new Random(1), plane.counters()),
        ConnectionTable.create(plane.slots(), plane.buckets(), plane.seed(), now),
        new TwoLinks(plane.hops(), network.index("eth0"), network.index("eth1")),
        MarkRules.NONE,
        now);
  }

  private void start(XdpDataPlane plane, PacketEngine engine) throws Exception {
    plane
        .interests()
        .update(
            engine.interests().packets(),
            engine.interests().masqueradedServers(),
            engine.interests().tunnelSources());
    FrameHandler handler =
        new FrameHandler() {
          @Override
          public void receive(Packet packet, long nowNanos, Output output) {
            engine.receive(packet, nowNanos, output);
          }

          @Override
          public void advance(long nowNanos, Output output) {
            engine.advance(nowNanos, output);
          }
        };
    network.director.run(
        () -> {
          plane.start(handler);
          return null;
        });
  }

  /** Sends back what it gets, one connection after the other. */
  private FutureTask<Integer> serve(String address, int port) {
    return TestNetwork.start(
        network.server,
        () -> {
          int connections = 0;
          try (ServerSocket listening =
              new ServerSocket(port, CONNECTIONS, InetAddress.getByName(address))) {
            listening.setSoTimeout(20_000);
            while (connections < CONNECTIONS) {
              try (Socket socket = listening.accept()) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(socket.getInputStream().readAllBytes());
                connections++;
              }
            }
          }
          return connections;
        });
  }

  private int talk() throws Exception {
    return network.client.run(
        () -> {
          Thread.sleep(300);
          int answered = 0;
          for (int i = 0; i < CONNECTIONS; i++) {
            answered += talkOnce();
          }
          return answered;
        });
  }

  private static int talkOnce() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(20_000);
      socket.connect(new InetSocketAddress(TestNetwork.VIP, 80), 10_000);
      socket.getOutputStream().write(new byte[BYTES]);
      socket.shutdownOutput();
      return socket.getInputStream().readAllBytes().length;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
