package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_IN;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_OUT;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** What the engine lets the kernel program do, and what it makes of what the program did. */
class FastPathTest {
  private static final int BOTH = FLAG_FAST_IN | FLAG_FAST_OUT;

  private final TestDirector world = new TestDirector();

  private static PacketBuilder fromClient() {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 80);
  }

  private static PacketBuilder fromServer() {
    return PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(8080, 40000);
  }

  private int fast() {
    return world.slots().flags(world.onlySlot()) & BOTH;
  }

  @Test
  void aDirectConnectionIsFastOnceEstablished() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    assertThat(fast()).isZero();
    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    assertThat(world.slots().inHop(world.onlySlot())).isEqualTo(2);
    world.receive(fromClient().fin().ack());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
  }

  @Test
  void aMasqueradedConnectionIsFastInBothDirections() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    world.receive(fromClient().syn());
    world.receive(fromServer().syn().ack());
    assertThat(fast()).isZero();
    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(BOTH);
    assertThat(world.slots().outHop(world.onlySlot())).isEqualTo(1);
    world.receive(fromServer().fin().ack());
    assertThat(fast()).isEqualTo(BOTH);
    world.receive(fromClient().fin().ack());
    assertThat(world.connectionLines().getFirst()).endsWith("TIME_WAIT");
    assertThat(fast()).isEqualTo(BOTH);
  }

  @Test
  void aConnectionThatTheServerResetsIsLeftToTheProgram() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    world.receive(fromClient().syn());
    world.receive(fromServer().rst());
    assertThat(world.connectionLines().getFirst()).endsWith("CLOSE");
    assertThat(fast()).isEqualTo(BOTH);
  }

  @Test
  void connectionsOfADeletedServerAreSlowAtOnceAndFastAgainWhenItIsBack() throws DirectorException {
    var key = world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    ServerKey server = new ServerKey(Address.of(SERVER_2), 80);
    world.director.deleteServer(key, server);
    assertThat(fast()).isZero();
    assertThat(world.receive(fromClient().ack())).isEmpty();
    world.director.addServer(
        key, TestDirector.server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    assertThat(world.receive(fromClient().ack())).hasSize(1);
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
  }

  @Test
  void aConnectionByAHopWithoutNumberIsNotFast() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.routes.put(Address.of(SERVER_2), new Host.Route.Via(new Hop(0, 2, 1500)));
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    assertThat(fast()).isZero();
  }

  @Test
  void aPersistentUdpAnswerIsSeenOnceToAssureTheTemplate() throws DirectorException {
    var key = world.service(udp(VIP, 53), "rr", 60);
    world.director.addServer(
        key, TestDirector.server(SERVER_2, 53, ForwardingMethod.MASQUERADE, 1));
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53).payload(5));
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    world.receive(PacketBuilder.ip().ipv4(SERVER_2, CLIENT).udp(53, 5000).payload(5));
    assertThat(fast()).isEqualTo(BOTH);
    assertThat(world.connectionLines())
        .containsExactly(
            "17 198.18.0.1:0 10.0.0.100:53 10.1.0.2:53 ASSURED",
            "17 198.18.0.1:5000 10.0.0.100:53 10.1.0.2:53 UDP");
  }

  @Test
  void secureTcpTakesBackWhatTheOtherTableAllowed() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    world.director.changeSetting("secure_tcp", 3);
    assertThat(fast()).isZero();
  }

  @Test
  void packetsTheProgramForwardedAfterNewTimeOutsHadThem() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    world.sleep(1);
    world.director.setTimeouts(new Timeouts(100, 0, 0));
    assertThat(world.listed().getFirst().expiresMillis()).isEqualTo(899_000);
    programForwards(world.now + 5_000_000_000L, 0);
    world.sleep(5);
    assertThat(world.listed().getFirst().expiresMillis()).isEqualTo(100_000);
  }

  /** Writes what the kernel program writes. */
  private void programForwards(long when, int missedFlags) {
    long slot = (long) world.onlySlot() * ConnectionLayout.SLOT_BYTES;
    world.slotMemory.set(ValueLayout.JAVA_LONG, slot + ConnectionLayout.LAST_SEEN, when);
    world.slotMemory.set(
        ValueLayout.JAVA_BYTE, slot + ConnectionLayout.MISSED_FLAGS, (byte) missedFlags);
  }

  @Test
  void aNewProcessTakesConnectionsAndCountsOver() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    List<String> before = world.connectionLines();
    TestDirector next = new TestDirector(world, 2);
    assertThat(next.connectionLines()).isEqualTo(before);
    assertThat(next.slots().flags(next.onlySlot()) & BOTH).isEqualTo(BOTH);
    assertThat(next.listed().getFirst().expiresMillis()).isEqualTo(898_000);
    assertThat(next.director.services().getFirst().servers().getFirst().activeConnections())
        .isEqualTo(1);
    assertThat(next.receive(fromServer().ack())).hasSize(1);
    next.sleep(901);
    assertThat(next.connectionLines()).isEmpty();
    assertThat(next.director.services().getFirst().servers().getFirst().activeConnections())
        .isZero();
  }

  @Test
  void aNewProcessCatchesUpWithWhatNobodySaw() throws DirectorException {
    record Row(int missed, String state) {}
    for (Row row :
        List.of(
            new Row(0x10, "ESTABLISHED"),
            new Row(0x11, "FIN_WAIT"),
            new Row(0x14, "CLOSE"),
            new Row(0x16, "ESTABLISHED"))) {
      TestDirector killed = new TestDirector();
      killed.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
      killed.receive(fromClient().syn());
      long slot = (long) killed.onlySlot() * ConnectionLayout.SLOT_BYTES;
      killed.slotMemory.set(
          ValueLayout.JAVA_BYTE, slot + ConnectionLayout.MISSED_FLAGS, (byte) row.missed);
      TestDirector next = new TestDirector(killed, 1);
      assertThat(next.connectionLines().getFirst()).endsWith(row.state);
      assertThat(next.slots().missedFlags(next.onlySlot())).isZero();
    }
  }

  @Test
  void aConnectionWhoseServerNumberMeansAnotherServerNowLivesOnWithoutServer()
      throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    world.receive(fromClient().ack());
    int slot = world.onlySlot();
    world.slotMemory.set(
        ValueLayout.JAVA_INT,
        (long) slot * ConnectionLayout.SLOT_BYTES + ConnectionLayout.SERVER,
        1);
    TestDirector next = new TestDirector(world, 1);
    assertThat(next.slots().server(next.onlySlot())).isZero();
    assertThat(next.receive(fromClient().ack())).hasSize(1);
  }
}
