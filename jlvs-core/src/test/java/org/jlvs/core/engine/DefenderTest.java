package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.service.RealServer;
import org.junit.jupiter.api.Test;

class DefenderTest {
  private static final int CLIENTS = 200;

  /** Enough for each connection to be looked at several times, as each is every 32 s or so. */
  private static final int SECONDS = 400;

  private final TestDirector world = new TestDirector();

  private PacketBuilder packet(int client) {
    return PacketBuilder.ip().ipv4("198.18.%d.%d".formatted(client / 200, client % 200 + 1), VIP);
  }

  private void syn(int port) {
    for (int client = 0; client < CLIENTS; client++) {
      world.receive(packet(client).tcp(5000, port).syn());
    }
  }

  private void ack(int port) {
    for (int client = 0; client < CLIENTS; client++) {
      world.receive(packet(client).tcp(5000, port).ack());
    }
  }

  private void datagrams(int packets) {
    for (int i = 0; i < packets; i++) {
      for (int client = 0; client < CLIENTS; client++) {
        world.receive(packet(client).udp(5000, 53));
      }
    }
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      world.sleep(1);
    }
  }

  private void longTimeouts() throws DirectorException {
    world.director.setTimeouts(new Timeouts(100_000, 100_000, 100_000));
  }

  @Test
  void connectionsThatNobodyHasAnsweredAreEndedAtRandom() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.director.changeSetting("drop_entry", 3);
    syn(80);
    pass(20);
    assertThat(world.connections.connectionCount()).isBetween(1, CLIENTS - 1);
  }

  @Test
  void nothingIsEndedWithoutDefense() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    syn(80);
    pass(20);
    assertThat(world.connections.connectionCount()).isEqualTo(CLIENTS);
  }

  @Test
  void idleConnectionsOfFewPacketsAreEndedAndTheirServersCountFewer() throws DirectorException {
    longTimeouts();
    ServiceKey key = tcp(VIP, 80);
    world.service(key, ForwardingMethod.DIRECT_ROUTE, 80);
    syn(80);
    ack(80);
    world.director.changeSetting("drop_entry", 3);
    pass(50);
    assertThat(world.connections.connectionCount()).isEqualTo(CLIENTS);
    pass(SECONDS);
    int left = world.connections.connectionCount();
    assertThat(left).isLessThan(CLIENTS / 10);
    assertThat(
            world.services.find(key).servers().stream()
                .mapToInt(server -> server.activeConnections)
                .sum())
        .isEqualTo(left);
  }

  @Test
  void connectionsOfManyPacketsAreSpared() throws DirectorException {
    longTimeouts();
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    datagrams(9);
    world.director.changeSetting("drop_entry", 3);
    pass(SECONDS);
    assertThat(world.connections.connectionCount()).isEqualTo(CLIENTS);
  }

  @Test
  void connectionsThatTheProgramForwardsAreSpared() throws DirectorException {
    longTimeouts();
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    datagrams(1);
    for (int slot = 1; slot < world.connections.slotLimit(); slot++) {
      world.connections.touch(slot, 100_000, world.now + 1_000_000);
    }
    world.director.changeSetting("drop_entry", 3);
    pass(SECONDS);
    assertThat(world.connections.connectionCount()).isEqualTo(CLIENTS);
  }

  @Test
  void theTemplateOfAnEndedConnectionGoesWithIt() throws DirectorException {
    ServiceKey key = world.service(tcp(VIP, 80), "rr", 300);
    world.director.addServer(
        key, TestDirector.server("10.1.0.1", 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.changeSetting("drop_entry", 3);
    syn(80);
    pass(30);
    assertThat(world.connections.templateCount())
        .isEqualTo(world.connections.connectionCount())
        .isLessThan(CLIENTS);
    RealServer server = world.services.find(key).servers().getFirst();
    assertThat(server.persistentConnections).isEqualTo(world.connections.templateCount());
  }
}
