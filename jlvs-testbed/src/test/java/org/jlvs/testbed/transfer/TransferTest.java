package org.jlvs.testbed.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 100 MB each way by every forwarding method and every kind of tunnel, IPv4 and IPv6, with the
 * offloads that hosts have by default and without.
 */
@Tag("system")
class TransferTest {
  private static final String PURPOSE = "jlvs-transfer";
  private static final long BYTES = 100_000_000;

  /** Of the first service that reaches its server by one of {@link #TUNNELS}. */
  private static final int FIRST_TUNNEL_PORT = 1000;

  /** All that a tunnel can be; the port is the one at which the server's end takes GUE. */
  private static final List<String> TUNNELS =
      List.of(
          "--tun-type ipip",
          "--tun-type gre --tun-nocsum",
          "--tun-type gre --tun-csum",
          "--tun-type gue --tun-port 6080 --tun-nocsum",
          "--tun-type gue --tun-port 6080 --tun-csum",
          "--tun-type gue --tun-port 6080 --tun-remcsum");

  private static final String SERVICES =
      """
      -A -t 10.0.0.100:80 -s rr
      -a -t 10.0.0.100:80 -r 10.1.0.2:80 -g -w 1
      -A -t 10.0.0.100:81 -s rr
      -a -t 10.0.0.100:81 -r 10.1.0.2:8081 -m -w 1
      -A -t 10.0.0.100:82 -s rr
      -a -t 10.0.0.100:82 -r 10.1.0.2:82 -i -w 1
      -A -t [fd00::100]:80 -s rr
      -a -t [fd00::100]:80 -r [fd01::2]:80 -g -w 1
      -A -t [fd00::100]:81 -s rr
      -a -t [fd00::100]:81 -r [fd01::2]:8081 -m -w 1
      -A -t [fd00::100]:82 -s rr
      -a -t [fd00::100]:82 -r [fd01::2]:82 -i -w 1
      """;

  @BeforeAll
  static void prepare() {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    Testbed.removeLeftovers(PURPOSE, false);
  }

  @ParameterizedTest(name = "{0} mode, offloads {1}")
  @CsvSource({"generic, false", "native, true", "native, false", "generic, true"})
  void everyByteArrives(String mode, boolean offloads) throws Exception {
    boolean polling = mode.equals("native");
    try (Testbed testbed = Testbed.create(PURPOSE);
        TransferNetwork network = new TransferNetwork(testbed, offloads, polling)) {
      network.startDirector(mode);
      network.tell("ipvsadm -R", SERVICES);
      assertAllMethods(network, TransferNetwork.VIRTUAL, TransferNetwork.SERVER);
      assertAllMethods(network, TransferNetwork.VIRTUAL_6, TransferNetwork.SERVER_6);
      for (String virtual : List.of(TransferNetwork.VIRTUAL, TransferNetwork.VIRTUAL_6)) {
        for (String server : List.of(TransferNetwork.SERVER, TransferNetwork.SERVER_6)) {
          assertAllTunnels(network, virtual, server);
        }
      }
      // One may wait too long for an Ethernet address where the machine is busy; TCP sends it
      // again.
      assertThat(network.tell("status", ""))
          .contains(mode + " XDP")
          .containsPattern(" [0-9] dropped");
    }
  }

  private static void assertAllMethods(TransferNetwork network, String virtual, String server)
      throws Exception {
    assertWhole(network, virtual, 80, virtual, 80, true);
    assertWhole(network, virtual, 81, server, 8081, true);
    assertWhole(network, virtual, 81, server, 8081, false);
    assertWhole(network, virtual, 82, virtual, 82, true);
  }

  /** Packets to the virtual address in packets to the server, which may be of the other family. */
  private static void assertAllTunnels(TransferNetwork network, String virtual, String server)
      throws Exception {
    for (int i = 0; i < TUNNELS.size(); i++) {
      int port = FIRST_TUNNEL_PORT + i;
      String service = inBrackets(virtual) + ":" + port;
      String real = inBrackets(server) + ":" + port;
      network.tell(
          "ipvsadm -R",
          """
          -A -t %1$s -s rr
          -a -t %1$s -r %2$s -i %3$s
          """
              .formatted(service, real, TUNNELS.get(i)));
      try {
        assertWhole(network, virtual, port, virtual, port, true);
      } catch (IOException | AssertionError e) {
        throw new AssertionError(service + " by " + real + " " + TUNNELS.get(i), e);
      }
      network.tell("ipvsadm -D -t " + service, "");
    }
  }

  private static String inBrackets(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  private static void assertWhole(
      TransferNetwork network,
      String virtual,
      int port,
      String listening,
      int listeningPort,
      boolean upload)
      throws Exception {
    Transfer.Outcome outcome =
        Transfer.run(
            network.client(),
            new InetSocketAddress(virtual, port),
            network.server(),
            new InetSocketAddress(listening, listeningPort),
            upload,
            BYTES,
            Transfer.Sum.SHA_256);
    String what = (upload ? "upload to " : "download from ") + virtual + " port " + port;
    assertThat(outcome.received()).as("SHA-256 of the %s", what).isEqualTo(outcome.sent());
    assertThat(outcome.bytes()).as(what).isEqualTo(BYTES);
  }
}
