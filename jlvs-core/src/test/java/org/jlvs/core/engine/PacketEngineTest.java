package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.util.HexFormat;
import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

class PacketEngineTest {
  private final TestDirector world = new TestDirector();

  private static PacketBuilder fromClient(int port) {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(port, 80);
  }

  private static void assertSent(
      List<TestDirector.Sent> sent, String where, PacketBuilder expected) {
    assertThat(sent).singleElement().extracting(TestDirector.Sent::where).isEqualTo(where);
    HexFormat hex = HexFormat.of();
    assertThat(hex.formatHex(sent.getFirst().bytes())).isEqualTo(hex.formatHex(expected.build()));
  }

  @Test
  void directRoutingSendsPacketsUnchangedButForTheirTimeToLive() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    PacketBuilder syn = fromClient(40000).syn();
    assertSent(world.receive(syn), "hop 2", syn.but().ttl(63));
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:40000 10.0.0.100:80 10.1.0.2:80 SYN_RECV");
    PacketBuilder ack = fromClient(40000).ack();
    assertSent(world.receive(ack), "hop 2", ack.but().ttl(63));
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:40000 10.0.0.100:80 10.1.0.2:80 ESTABLISHED");
  }

  @Test
  void masqueradingTranslatesBothDirections() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    PacketBuilder syn = fromClient(40000).syn();
    assertSent(
        world.receive(syn), "hop 2", syn.but().destination(SERVER_2).destinationPort(8080).ttl(63));
    PacketBuilder answer =
        PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(8080, 40000).syn().ack().payload(3);
    assertSent(world.receive(answer), "hop 1", answer.but().source(VIP).sourcePort(80).ttl(63));
  }

  @Test
  void everyPacketFromTheFirstOnCountsForServerServiceAndDirector() throws DirectorException {
    var key = world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    world.receive(fromClient(40000).syn());
    world.receive(PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(8080, 40000).syn().ack());
    world.receive(fromClient(40000).ack().payload(100));
    Statistics counted = new Statistics(1, 2, 1, 180, 40);
    ServiceView service = world.director.service(key).orElseThrow();
    assertThat(service.servers())
        .extracting(ServerView::statistics)
        .containsExactly(counted, Statistics.ZERO);
    assertThat(service.statistics()).isEqualTo(counted);
    assertThat(world.director.totals()).isEqualTo(counted);
  }

  @Test
  void aDatagramOfAServiceForOnePacketLeavesNoConnection() throws DirectorException {
    var key = world.service(udp(VIP, 53), "rr", 0, ServiceSpec.ONE_PACKET);
    world.director.addServer(key, server(SERVER_1, 53, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(key, server(SERVER_2, 53, ForwardingMethod.DIRECT_ROUTE, 1));
    PacketBuilder query = PacketBuilder.ip().ipv4(CLIENT, VIP).udp(40000, 53).payload(9);
    for (int i = 0; i < 2; i++) {
      assertSent(world.receive(query), "hop 2", query.but().ttl(63));
    }
    assertThat(world.listed()).isEmpty();
    assertThat(world.director.service(key).orElseThrow().servers())
        .extracting(ServerView::statistics)
        .containsExactly(new Statistics(1, 1, 0, 37, 0), new Statistics(1, 1, 0, 37, 0));
  }

  @Test
  void packetsOfNobodyGoToTheHost() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    PacketBuilder other = PacketBuilder.ip().ipv4(SERVER_1, CLIENT).tcp(80, 4000).syn();
    assertSent(world.receive(other), "host", other);
    PacketBuilder ack = fromClient(40000).ack();
    assertSent(world.receive(ack), "host", ack);
  }
}
