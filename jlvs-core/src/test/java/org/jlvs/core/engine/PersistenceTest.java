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

  /** IPv4's mask needs no leading ones: it says which bits count. */
  @Test
  void clientsAreToldApartByTheBitsOfTheMaskAlone() throws DirectorException {
    Address mask = Address.of("255.0.255.0");
    world.director.editService(
        new ServiceSpec(web, "rr", ServiceSpec.PERSISTENT, 60, mask, Optional.empty()));
    assertThat(serverOf("198.18.7.1", 1)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.99.7.2", 1)).isEqualTo(SERVER_2);
    assertThat(serverOf("198.18.8.1", 1)).isEqualTo(SERVER_1);
    assertThat(world.connectionLines()).contains("6 198.0.7.0:0 10.0.0.100:80 10.1.0.2:80 NONE");
  }

  @Test
  void eachNewConnectionGivesTheTemplateItsWholeTimeAgain() {
    assertThat(serverOf("198.18.0.1", 1)).isEqualTo(SERVER_2);
    world.sleep(40);
    assertThat(serverOf("198.18.0.1", 2)).isEqualTo(SERVER_2);
    assertThat(templateSeconds()).isEqualTo(60);
    world.sleep(40);
    assertThat(templateSeconds()).isEqualTo(20);
    world.receive(PacketBuilder.ip().ipv4("198.18.0.1", VIP).tcp(2, 80).ack());
    assertThat(templateSeconds()).as("packets of a connection don't count").isEqualTo(20);
  }

  private long templateSeconds() {
    return world.listed().stream()
            .filter(view -> view.clientPort() == 0)
            .findFirst()
            .orElseThrow()
            .expiresMillis()
        / 1000;
  }

  @Test
  void aServiceOfAllPortsHoldsThemTogetherAndEachGoesToThePortAskedFor() throws DirectorException {
    ServiceKey all = tcp(VIP, 0);
    world.service(all, "rr", 60);
    world.director.addServer(all, server(SERVER_1, 0, ForwardingMethod.MASQUERADE, 1));
    world.director.addServer(all, server(SERVER_2, 0, ForwardingMethod.MASQUERADE, 1));
    PacketBuilder client = PacketBuilder.ip().ipv4("198.18.0.1", VIP);
    for (int port : List.of(443, 8080)) {
      world.receive(client.but().tcp(port, port).syn());
    }
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.1:0 10.0.0.100:0 10.1.0.2:0 NONE",
            "6 198.18.0.1:443 10.0.0.100:443 10.1.0.2:443 SYN_RECV",
            "6 198.18.0.1:8080 10.0.0.100:8080 10.1.0.2:8080 SYN_RECV");
  }

  @Test
  void anFtpSessionAndItsDataConnectionsShareATemplateOfAllPorts() throws DirectorException {
    ServiceKey ftp = tcp(VIP, 21);
    world.service(ftp, "rr", 60);
    world.director.addServer(ftp, server(SERVER_1, 21, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(ftp, server(SERVER_2, 21, ForwardingMethod.DIRECT_ROUTE, 1));
    PacketBuilder client = PacketBuilder.ip().ipv4("198.18.0.1", VIP);
    world.receive(client.but().tcp(1, 21).syn());
    world.receive(client.but().tcp(2, 30_000).syn());
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.1:0 10.0.0.100:0 10.1.0.2:0 NONE",
            "6 198.18.0.1:1 10.0.0.100:21 10.1.0.2:21 SYN_RECV",
            "6 198.18.0.1:2 10.0.0.100:30000 10.1.0.2:30000 SYN_RECV");
  }

  @Test
  void portsThatAnFtpServiceHasNoServerForAreTheHosts() throws DirectorException {
    ServiceKey ftp = tcp(VIP, 21);
    for (int seconds : List.of(0, 60)) {
      world.service(ftp, "rr", seconds);
      PacketBuilder data = PacketBuilder.ip().ipv4("198.18.0.1", VIP).tcp(2, 30_000).syn();
      List<TestDirector.Sent> sent = world.receive(data);
      assertThat(sent).extracting("where").containsExactly("host");
      assertThat(sent.getFirst().bytes()).isEqualTo(data.build());
      PacketBuilder session = PacketBuilder.ip().ipv4("198.18.0.1", VIP).tcp(2, 21).syn();
      assertThat(world.receive(session)).extracting("where").containsExactly("hop 1");
      world.director.deleteService(ftp);
    }
    assertThat(world.listed()).isEmpty();
  }

  @Test
  void aMarkOfIpv6ClientsHasATemplateThatBeginsWithTheMark() throws DirectorException {
    ServiceKey marked = new ServiceKey.Mark(0x8000_000a, Family.IPV6);
    world.service(marked, "rr", 60);
    for (String address : List.of("2001:db8:1::1", "2001:db8:1::2")) {
      world.director.addServer(marked, server(address, 0, ForwardingMethod.DIRECT_ROUTE, 1));
    }
    world.engine.marks(flow -> 0x8000_000a, List.of(Interest.EVERYTHING));
    PacketBuilder client = PacketBuilder.ip().ipv6("2001:db8:9::1", "2001:db8::100");
    world.receive(client.but().tcp(1, 443).syn());
    world.receive(client.but().udp(2, 53).payload(5));
    assertThat(world.connectionLines())
        .containsExactly(
            "0 2001:db8:9::1:0 8000:a:::0 2001:db8:1::2:0 NONE",
            "17 2001:db8:9::1:2 2001:db8::100:53 2001:db8:1::2:53 UDP",
            "6 2001:db8:9::1:1 2001:db8::100:443 2001:db8:1::2:443 SYN_RECV");
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
