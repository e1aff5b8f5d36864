package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** Quiesced servers that leave by themselves. */
class DrainingTest {
  private final TestDirector world = new TestDirector();
  private final ServiceKey web = tcp(VIP, 80);

  private void drainTimeout(int seconds) throws DirectorException {
    world.director.changeSetting("jlvs.drain_timeout", seconds);
  }

  private void weigh(String address, int weight) throws DirectorException {
    world.director.editServer(web, server(address, 80, ForwardingMethod.DIRECT_ROUTE, weight));
  }

  private List<String> servers() {
    return world.services.find(web).servers().stream()
        .map(server -> server.key().address().toString())
        .toList();
  }

  private static PacketBuilder client() {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 80);
  }

  @Test
  void aServerWithoutConnectionsLeavesAtOnce() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(60);
    weigh(SERVER_2, 0);
    world.sleep(0.001);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  @Test
  void aServerLeavesWithItsLastConnection() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(3600);
    world.receive(client().syn());
    world.receive(client().ack());
    weigh(SERVER_2, 0);
    world.sleep(800);
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
    world.sleep(101);
    world.sleep(0.2);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  @Test
  void aServerWaitsForItsTemplates() throws DirectorException {
    world.service(web, "rr", 600);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    drainTimeout(3600);
    world.receive(client().syn());
    world.receive(client().rst());
    weigh(SERVER_2, 0);
    world.sleep(300);
    assertThat(world.listed())
        .singleElement()
        .satisfies(view -> assertThat(view.clientPort()).isZero());
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
    world.sleep(301);
    world.sleep(0.2);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  @Test
  void aServerLeavesWhenItsTimeIsOver() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(30);
    world.director.changeSetting("jlvs.prompt_failover", 1);
    world.receive(client().syn());
    world.receive(client().ack());
    weigh(SERVER_2, 0);
    world.sleep(29);
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
    assertThat(world.receive(client().ack())).hasSize(1);
    assertThat(world.sleep(2)).as("the client is told").hasSize(1);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  @Test
  void aServerThatGetsAWeightAgainStays() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(30);
    world.receive(client().syn());
    weigh(SERVER_2, 0);
    world.sleep(20);
    weigh(SERVER_2, 1);
    world.sleep(20);
    world.sleep(20);
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
  }

  @Test
  void reservesAndServersThatTheMonitorQuiescedStay() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(30);
    world.director.addServer(web, server("10.1.0.3", 80, ForwardingMethod.DIRECT_ROUTE, 0));
    weigh(SERVER_2, 0);
    world.director.serverFailed(web, new ServerKey(Address.of(SERVER_2), 80));
    world.sleep(60);
    assertThat(servers()).containsExactly("10.1.0.3", SERVER_2, SERVER_1);
  }

  @Test
  void withoutTheOptionAQuiescedServerStaysAndLeavesWhenItIsSwitchedOn() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    weigh(SERVER_2, 0);
    world.sleep(60);
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
    drainTimeout(30);
    world.sleep(0.001);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  @Test
  void aDeletedServiceTakesItsDrainingServersAlong() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(30);
    world.receive(client().syn());
    weigh(SERVER_2, 0);
    world.director.deleteService(web);
    world.sleep(60);
    assertThat(world.services.find(web)).isNull();
  }

  @Test
  void aServiceMayDrainItsServersOtherwiseThanTheDirectorDoes() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    drainTimeout(60);
    world.receive(client().syn());
    world.receive(client().ack());
    weigh(SERVER_2, 0);
    world.sleep(5);
    drain(OptionalInt.of(0));
    world.sleep(600);
    assertThat(servers()).as("never").containsExactly(SERVER_2, SERVER_1);
    drain(OptionalInt.of(30));
    world.sleep(29);
    assertThat(servers()).containsExactly(SERVER_2, SERVER_1);
    world.sleep(2);
    assertThat(servers()).containsExactly(SERVER_1);
  }

  private void drain(OptionalInt seconds) throws DirectorException {
    world.director.servicePolicy(
        web, new ServicePolicy(Optional.empty(), seconds, OptionalInt.empty()));
  }
}
