package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.bench.Traffic.Endpoint;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("system")
class TrafficTest {
  private static final int PACKETS = 100;

  @BeforeEach
  void needsNamespaces() {
    assumeTrue(Testbed.missing().isEmpty(), () -> Testbed.missing().orElseThrow());
  }

  @Test
  void everyPacketThatTheKernelForwardsIsCounted() throws Exception {
    try (Testbed testbed = Testbed.create("jlvs-traffictest");
        Traffic traffic = Traffic.load()) {
      Host sender = testbed.host("sender");
      Lane lane = Lane.build(testbed, 0, sender, testbed.host("receiver"), traffic.receiver());
      Endpoint server = new Endpoint(lane.server(), 80);
      traffic.set(lane.stream(server, server), 10, PacketBuilder.ACK);
      // The first ones wait, or are lost, while the receiver's address is resolved.
      send(sender, traffic, 1);
      Waiting.until(Duration.ofSeconds(5), () -> traffic.received() == 1);
      long before = traffic.received();

      send(sender, traffic, PACKETS);
      Waiting.until(Duration.ofSeconds(5), () -> traffic.received() == before + PACKETS);

      assertThat(traffic.received()).isEqualTo(before + PACKETS);
      assertThat(traffic.sent()).isEqualTo(1 + PACKETS);
    }
  }

  @Test
  void packetsWithAnotherDestinationThanExpectedAreNot() throws Exception {
    try (Testbed testbed = Testbed.create("jlvs-traffictest");
        Traffic traffic = Traffic.load()) {
      Host sender = testbed.host("sender");
      Lane lane = Lane.build(testbed, 0, sender, testbed.host("receiver"), traffic.receiver());
      Endpoint server = new Endpoint(lane.server(), 80);
      Endpoint other = new Endpoint(lane.server(), 8080);
      traffic.set(lane.stream(server, other), 10, PacketBuilder.ACK);

      send(sender, traffic, PACKETS);
      Waiting.pause(Duration.ofMillis(300));

      assertThat(traffic.received()).isZero();
    }
  }

  private static void send(Host sender, Traffic traffic, int packets) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(sender.namespace());
        Traffic.Sender source = traffic.sender()) {
      namespace.run(
          () -> {
            source.send(packets);
            return packets;
          });
    }
  }
}
