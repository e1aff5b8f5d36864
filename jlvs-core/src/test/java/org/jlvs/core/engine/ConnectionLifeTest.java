package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.control.ForwardingMethod.DIRECT_ROUTE;
import static org.jlvs.core.control.ForwardingMethod.MASQUERADE;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** What servers count, full tables, and time-outs that change while packets pass unseen. */
class ConnectionLifeTest {
  private final ServiceKey web = tcp(VIP, 80);

  private static PacketBuilder client(int port) {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(port, 80);
  }

  /** A server's connections: active, inactive, persistent. */
  private static List<Integer> counts(TestDirector world) {
    var view = world.director.services().getFirst().servers().getFirst();
    return List.of(
        view.activeConnections(), view.inactiveConnections(), view.persistentConnections());
  }

  private TestDirector persistentServiceOfOneServer(int capacity) throws DirectorException {
    TestDirector world = new TestDirector(capacity);
    world.service(web, "rr", 600);
    world.director.addServer(web, server(SERVER_1, 80, DIRECT_ROUTE, 1));
    return world;
  }

  @Test
  void aServerCountsItsConnectionsByTheirActivityAlsoInTheNextProcess() throws DirectorException {
    TestDirector world = persistentServiceOfOneServer(1024);
    for (int port = 1; port <= 3; port++) {
      world.receive(client(port).syn());
      world.receive(client(port).ack());
    }
    world.receive(client(3).fin().ack());
    assertThat(counts(world)).containsExactly(2, 1, 1);
    TestDirector next = new TestDirector(world, 1);
    assertThat(counts(next)).containsExactly(2, 1, 1);
    next.receive(client(2).rst());
    assertThat(counts(next)).containsExactly(1, 2, 1);
    next.sleep(300);
    assertThat(counts(next)).containsExactly(1, 0, 1);
    next.sleep(1000);
    next.sleep(1000);
    assertThat(counts(next)).containsExactly(0, 0, 0);
    assertThat(next.listed()).isEmpty();
  }

  @Test
  void aTemplateIsProvenByWhatPassedWhileNobodyListened() throws DirectorException {
    TestDirector world = persistentServiceOfOneServer(1024);
    world.receive(client(1).syn());
    assertThat(world.connectionLines().getFirst()).endsWith("NONE");
    long slot = (long) world.onlySlot() * ConnectionLayout.SLOT_BYTES;
    world.slotMemory.set(ValueLayout.JAVA_BYTE, slot + ConnectionLayout.MISSED_FLAGS, (byte) 0x10);
    TestDirector next = new TestDirector(world, 1);
    assertThat(next.connectionLines())
        .containsExactly(
            "6 198.18.0.1:0 10.0.0.100:80 10.1.0.1:80 ASSURED",
            "6 198.18.0.1:1 10.0.0.100:80 10.1.0.1:80 ESTABLISHED");
  }

  @Test
  void aServerAtItsUpperThresholdGetsConnectionsAgainWhenOnesEnd() throws DirectorException {
    TestDirector world = new TestDirector();
    world.service(web, "rr", 0);
    for (String address : List.of(SERVER_1, SERVER_2)) {
      world.director.addServer(
          web,
          new ServerSpec(
              new ServerKey(Address.of(address), 80), DIRECT_ROUTE, 1, 1, 0, Tunnel.IPIP));
    }
    assertThat(world.receive(client(1).syn())).extracting("where").containsExactly("hop 2");
    assertThat(world.receive(client(2).syn())).extracting("where").containsExactly("hop 2");
    world.receive(client(3).syn());
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.1:1 10.0.0.100:80 10.1.0.2:80 SYN_RECV",
            "6 198.18.0.1:2 10.0.0.100:80 10.1.0.1:80 SYN_RECV");
    TestDirector next = new TestDirector(world, 1);
    next.receive(client(4).syn());
    assertThat(next.connectionLines()).hasSize(2);
    next.sleep(61);
    assertThat(next.connectionLines()).isEmpty();
    next.receive(client(5).syn());
    assertThat(next.connectionLines()).hasSize(1);
  }

  @Test
  void aFullTableTakesNoMoreAndCountsNothingForThem() throws DirectorException {
    TestDirector world = persistentServiceOfOneServer(16);
    int made = 0;
    while (made < 100 && !world.receive(client(1 + made).syn()).isEmpty()) {
      made++;
    }
    assertThat(made).isBetween(1, 16);
    assertThat(world.engine.counters().tableFull).isEqualTo(1);
    assertThat(counts(world)).containsExactly(made, 0, 1);
    PacketBuilder other = PacketBuilder.ip().ipv4("198.18.0.2", VIP).tcp(1, 80).syn();
    assertThat(world.receive(other)).as("no room for a template").isEmpty();
    assertThat(world.engine.counters().tableFull).isEqualTo(2);
    assertThat(counts(world)).containsExactly(made, 0, 1);
  }

  /** What the program notes of a packet that it forwards itself, some seconds from now. */
  private static void packetPassesUnseenIn(int seconds, TestDirector world) {
    long slot = (long) world.onlySlot() * ConnectionLayout.SLOT_BYTES;
    world.slotMemory.set(
        ValueLayout.JAVA_LONG,
        slot + ConnectionLayout.LAST_SEEN,
        world.now + TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void aConnectionLivesOnWithTheLongerTimeOutOfPacketsThatPassedUnseen() throws DirectorException {
    TestDirector world = new TestDirector();
    world.service(web, DIRECT_ROUTE, 80);
    world.receive(client(1).syn());
    world.receive(client(1).ack());
    world.director.setTimeouts(new Timeouts(2000, 0, 0));
    packetPassesUnseenIn(10, world);
    world.sleep(950);
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:1 10.0.0.100:80 10.1.0.2:80 ESTABLISHED");
    world.sleep(1050);
    assertThat(world.connectionLines()).hasSize(1);
    world.sleep(20);
    assertThat(world.connectionLines()).isEmpty();
  }

  /** ESP keeps IKE's connection alive for as long as IKE's last packet said. */
  @Test
  void aPacketWithoutStateTakesTheTimeOutOfThePacketsThatPassedUnseen() throws DirectorException {
    TestDirector world = new TestDirector();
    ServiceKey ike = udp(VIP, 500);
    world.service(ike, DIRECT_ROUTE, 500);
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(500, 500));
    world.director.setTimeouts(new Timeouts(0, 0, 3));
    packetPassesUnseenIn(1, world);
    world.sleep(2);
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).protocol(50).payload(40));
    world.sleep(2.9);
    assertThat(world.connectionLines()).hasSize(1);
    world.sleep(0.2);
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void aTemplateGoesWithConnectionsThatEndInTheSameRoundOfTheKernelsTimers()
      throws DirectorException {
    for (boolean together : List.of(true, false)) {
      TestDirector world = new TestDirector();
      world.service(web, "rr", 3);
      world.director.addServer(web, server(SERVER_1, 80, DIRECT_ROUTE, 1));
      world.director.setTimeouts(new Timeouts(3, 0, 0));
      world.receive(client(1).syn());
      world.sleep(together ? 0.02 : 0.5);
      world.receive(client(1).ack());
      world.sleep(3.2);
      assertThat(world.connectionLines())
          .as("a connection's deadline after its template's: " + (together ? "20 ms" : "500 ms"))
          .hasSize(together ? 0 : 1);
      world.sleep(60);
      assertThat(world.connectionLines()).isEmpty();
    }
  }

  private static PacketBuilder answer() {
    return PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(80, 1);
  }

  private static String stateOf(TestDirector world) {
    return world.listed().getFirst().state();
  }

  @Test
  void whereAnswersPassUnseenTheClientsEndIsTheEnd() throws DirectorException {
    record Row(ForwardingMethod method, boolean seesAnswer, String state) {}
    for (Row row :
        List.of(
            new Row(DIRECT_ROUTE, false, "FIN_WAIT"),
            new Row(DIRECT_ROUTE, true, "CLOSE_WAIT"),
            new Row(MASQUERADE, false, "CLOSE_WAIT"),
            new Row(MASQUERADE, true, "CLOSE_WAIT"))) {
      TestDirector world = new TestDirector();
      world.service(web, row.method(), 80);
      world.receive(client(1).syn());
      if (row.seesAnswer()) {
        PacketBuilder answer = answer().syn().ack();
        world.receive(row.method() == MASQUERADE ? answer : answer.source(VIP));
      }
      world.receive(client(1).ack());
      assertThat(stateOf(world)).as(row.toString()).isEqualTo("ESTABLISHED");
      world.receive(client(1).fin().ack());
      assertThat(stateOf(world)).as(row.toString()).isEqualTo(row.state());
    }
  }

  @Test
  void aClientThatUsesItsPortAgainHasOneConnectionOnly() throws DirectorException {
    TestDirector world = new TestDirector();
    world.service(web, MASQUERADE, 80);
    world.receive(client(1).syn());
    world.receive(answer().rst());
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:1 10.0.0.100:80 10.1.0.2:80 CLOSE");
    assertThat(world.receive(client(1).syn())).extracting("where").containsExactly("hop 2");
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:1 10.0.0.100:80 10.1.0.1:80 SYN_RECV");
    assertThat(world.director.services().getFirst().servers())
        .extracting(view -> view.activeConnections() + view.inactiveConnections())
        .containsExactly(0, 1);
    world.sleep(61);
    assertThat(world.listed()).isEmpty();
  }

  @Test
  void aShorterTimeOutCountsFromTheLastPacketThatPassedUnseen() throws DirectorException {
    TestDirector world = new TestDirector();
    world.service(web, DIRECT_ROUTE, 80);
    world.receive(client(1).syn());
    world.receive(client(1).ack());
    world.director.setTimeouts(new Timeouts(100, 0, 0));
    packetPassesUnseenIn(50, world);
    world.sleep(120);
    assertThat(world.listed().getFirst().expiresMillis()).isEqualTo(30_000);
  }
}
