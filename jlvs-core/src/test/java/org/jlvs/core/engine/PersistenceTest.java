package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PersistenceTest {
  private final TestDirector world = new TestDirector();
  private ServiceKey web = tcp(VIP, 80);

  @BeforeEach
  void aPersistentServiceOfTwoServers() throws DirectorException {
    world.service(web, "rr", 60);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
  }

  private String serverOf(String client, int port) {
    world.receive(PacketBuilder.ip().ipv4(client, VIP).tcp(port, 80).syn());
    return world.listed().stream()
        .filter(view -> view.clientPort() == port && view.client().toString().equals(client))
        .map(view -> view.server().toString())
        .findFirst()
        .orElse("none");
  }

  @Test
  void aClientComesBackToItsServer() {
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.18.0.2", 1)).isEqualTo(SERVER_1);
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.18.0.2", 2)).isEqualTo(SERVER_1);
  }

  @Test
  void aClientIsForgottenWhenItsTimeAndItsConnectionsAreOver() {
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    world.sleep(61);
    assertThat(world.connectionLines()).isEmpty();
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_1);
  }

  @Test
  void aTemplateWaitsForItsConnections() {
    serverOf("198.18.0.1", 1);
    world.receive(PacketBuilder.ip().ipv4("198.18.0.1", VIP).tcp(1, 80).ack());
    world.sleep(61);
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.1:0 10.0.0.100:80 10.1.0.2:80 ASSURED",
            "6 198.18.0.1:1 10.0.0.100:80 10.1.0.2:80 ESTABLISHED");
    world.sleep(0);
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_2);
  }

  @Test
  void aPersistentClientLeavesADeletedServer() throws DirectorException {
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    world.director.deleteServer(web, new ServerKey(Address.of(SERVER_2), 80));
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_1);
    assertThat(world.connectionLines())
        .contains("6 198.18.0.1:0 10.0.0.100:65535 10.1.0.2:65535 NONE");
  }

  @Test
  void aQuiescentServerKeepsItsClientsUnlessToldOtherwise() throws DirectorException {
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    world.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 0));
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_2);
    world.director.changeSetting("expire_quiescent_template", 1);
    assertThat(serverOf("198.18.0.1", 3)).isEqualTo(SERVER_1);
  }

  @Test
  void deletedServersTakeTheirConnectionsAlongWhenToldTo() throws DirectorException {
    serverOf("198.18.0.1", 1);
    serverOf("198.18.0.2", 1);
    world.director.changeSetting("expire_nodest_conn", 1);
    world.director.deleteServer(web, new ServerKey(Address.of(SERVER_2), 80));
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.2:0 10.0.0.100:80 10.1.0.1:80 NONE",
            "6 198.18.0.2:1 10.0.0.100:80 10.1.0.1:80 SYN_RECV");
  }

  @Test
  void aNetworkOfClientsIsOneClient() throws DirectorException {
    world.director.editService(
        new ServiceSpec(web, "rr", ServiceSpec.PERSISTENT, 60, 24, Optional.empty()));
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.18.0.77", 1)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.18.1.77", 1)).isEqualTo(SERVER_1);
    assertThat(world.connectionLines()).contains("6 198.18.0.0:0 10.0.0.100:80 10.1.0.2:80 NONE");
  }

  @Test
  void aFirewallMarkHoldsPortsTogether() throws DirectorException {
    ServiceKey marked = new ServiceKey.Mark(10, Family.IPV4);
    world.service(marked, "rr", 60);
    world.director.addServer(marked, server(SERVER_1, 0, ForwardingMethod.MASQUERADE, 1));
    world.director.addServer(marked, server(SERVER_2, 0, ForwardingMethod.MASQUERADE, 1));
    Interest everything = Interest.EVERYTHING;
    world.engine.marks(flow -> flow.destinationPort == 443 ? 10 : 0, List.of(everything));
    assertThat(world.engine.interests().packets()).contains(everything);
    world.receive(PacketBuilder.ip().ipv4("198.18.0.1", VIP).tcp(1, 443).syn());
    assertThat(world.connectionLines())
        .containsExactly(
            "0 198.18.0.1:0 0.0.0.10:0 10.1.0.2:0 NONE",
            "6 198.18.0.1:1 10.0.0.100:443 10.1.0.2:443 SYN_RECV");
  }

  @Test
  void aNetworkOfIpv6ClientsIsOneClient() throws DirectorException {
    assertThat(serversOfIpv6Clients(48)).containsExactly(1, 1, 1, 2);
    assertThat(serversOfIpv6Clients(64)).containsExactly(1, 1, 2, 1);
    assertThat(serversOfIpv6Clients(80)).containsExactly(1, 2, 1, 2);
  }

  /** By which server four clients are served: 1 for the first one's, 2 for the other. */
  private static List<Integer> serversOfIpv6Clients(int prefix) throws DirectorException {
    TestDirector world = new TestDirector();
    ServiceKey web = tcp("2001:db8::100", 80);
    world.director.addService(
        new ServiceSpec(web, "rr", ServiceSpec.PERSISTENT, 60, prefix, Optional.empty()));
    for (String address : List.of("2001:db8:1::1", "2001:db8:1::2")) {
      world.director.addServer(web, server(address, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    }
    List<Address> servers = new ArrayList<>();
    for (String client :
        List.of("2001:db8:9::1", "2001:db8:9:0:1::1", "2001:db8:9:1::1", "2001:db8:a::1")) {
      world.receive(PacketBuilder.ip().ipv6(client, "2001:db8::100").tcp(1, 80).syn());
      servers.add(
          world.listed().stream()
              .filter(view -> view.clientPort() == 1)
              .filter(view -> view.client().equals(Address.of(client)))
              .findFirst()
              .orElseThrow()
              .server());
    }
    return servers.stream().map(address -> address.equals(servers.getFirst()) ? 1 : 2).toList();
  }
}
