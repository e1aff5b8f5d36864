package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_IN;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_OUT;
import static org.jlvs.core.connection.ConnectionLayout.HOP_LOCAL;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.util.List;
import java.util.Set;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** What the engine leaves to the kernel program: families, tunnels, local servers, host traffic. */
class KernelProgramTest {
  private static final int BOTH = FLAG_FAST_IN | FLAG_FAST_OUT;
  private static final String VIP6 = "2001:db8::100";
  private static final String CLIENT6 = "2001:db8:9::1";
  private static final String SERVER6 = "2001:db8:1::1";

  private final TestDirector world = new TestDirector();

  private static PacketBuilder fromClient() {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 80);
  }

  private static PacketBuilder fromClient6() {
    return PacketBuilder.ip().ipv6(CLIENT6, VIP6).tcp(40000, 80);
  }

  private int fast() {
    return world.slots().flags(world.onlySlot()) & BOTH;
  }

  private String state() {
    return world.listed().getFirst().state();
  }

  private void server(ServiceKey service, String address, ForwardingMethod method)
      throws DirectorException {
    world.director.addServer(service, TestDirector.server(address, 80, method, 1));
  }

  private static ServerSpec tunnelled(String address, Tunnel tunnel) {
    return new ServerSpec(
        new ServerKey(Address.of(address), 80), ForwardingMethod.TUNNEL, 1, 0, 0, tunnel);
  }

  private static List<String> where(List<TestDirector.Sent> sent) {
    return sent.stream().map(TestDirector.Sent::where).toList();
  }

  private void establish(PacketBuilder packet) {
    world.receive(packet.but().syn());
    world.receive(packet.but().ack());
  }

  @Test
  void ipv6ConnectionsAreFastAsThoseOfIpv4Are() throws DirectorException {
    var direct = world.service(tcp(VIP6, 80), "rr", 0);
    server(direct, SERVER6, ForwardingMethod.DIRECT_ROUTE);
    establish(fromClient6());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    assertThat(world.slots().inHop(world.onlySlot())).isEqualTo(2);
  }

  @Test
  void masqueradedIpv6ConnectionsAreFastInBothDirections() throws DirectorException {
    var service = world.service(tcp(VIP6, 80), "rr", 0);
    server(service, SERVER6, ForwardingMethod.MASQUERADE);
    world.receive(fromClient6().syn());
    world.receive(PacketBuilder.ip().ipv6(SERVER6, CLIENT6).tcp(80, 40000).syn().ack());
    world.receive(fromClient6().ack());
    assertThat(fast()).isEqualTo(BOTH);
  }

  @Test
  void theProgramIsToldHowToWrap() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, SERVER_1, ForwardingMethod.TUNNEL);
    world.told.clear();
    establish(fromClient());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    assertThat(Set.copyOf(world.told))
        .containsExactly("wraps for 10.1.0.1 from 10.1.0.254 up to 1500");
  }

  @Test
  void theFamiliesInsideAndOutsideATunnelMayDiffer() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, SERVER6, ForwardingMethod.TUNNEL);
    world.told.clear();
    establish(fromClient());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    assertThat(Set.copyOf(world.told))
        .containsExactly("wraps for 2001:db8:1::1 from 2001:db8:1::fe up to 1500");
  }

  @Test
  void tunnelsWithAChecksumOverThePacketStayWithTheEngine() throws DirectorException {
    for (ServerSpec server :
        List.of(
            tunnelled(SERVER_1, new Tunnel(Tunnel.Type.GRE, 0, Tunnel.Checksum.FULL)),
            tunnelled(SERVER_1, new Tunnel(Tunnel.Type.GUE, 5555, Tunnel.Checksum.FULL)),
            tunnelled(SERVER6, new Tunnel(Tunnel.Type.GUE, 5555, Tunnel.Checksum.NONE)))) {
      TestDirector other = new TestDirector();
      var service = other.service(tcp(VIP, 80), "rr", 0);
      other.director.addServer(service, server);
      other.told.clear();
      other.receive(fromClient().syn());
      other.receive(fromClient().ack());
      assertThat(other.slots().flags(other.onlySlot()) & BOTH).isZero();
      assertThat(other.told).isEmpty();
    }
  }

  @Test
  void aReportedPathMtuVoidsWhatTheProgramWasTold() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, SERVER_1, ForwardingMethod.TUNNEL);
    byte[] inner = fromClient().but().ack().dontFragment().payload(8).build();
    byte[] outer =
        PacketBuilder.ip()
            .ipv4("10.1.0.254", SERVER_1)
            .protocol(4)
            .dontFragment()
            .payload(inner)
            .build();
    establish(fromClient());
    world.told.clear();

    world.receive(
        PacketBuilder.ip().ipv4("10.1.0.7", "10.0.0.254").icmp(3, 4).icmpRest(900).payload(outer));
    world.receive(fromClient().ack());

    assertThat(world.told)
        .containsExactly("forget", "wraps for 10.1.0.1 from 10.1.0.254 up to 900");
  }

  @Test
  void aReportedPathMtuTakesMasqueradedConnectionsWithTheServerFromTheProgram()
      throws DirectorException {
    server(world.service(tcp(VIP, 80), "rr", 0), SERVER_1, ForwardingMethod.MASQUERADE);
    server(world.service(tcp(VIP, 81), "rr", 0), SERVER_1, ForwardingMethod.TUNNEL);
    world.receive(fromClient().syn());
    world.receive(PacketBuilder.ip().ipv4(SERVER_1, CLIENT).tcp(80, 40000).syn().ack());
    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(BOTH);
    PacketBuilder tunnelled = PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 81);
    establish(tunnelled);

    byte[] inner = tunnelled.but().ack().dontFragment().build();
    byte[] outer =
        PacketBuilder.ip().ipv4("10.1.0.254", SERVER_1).protocol(4).payload(inner).build();
    world.receive(
        PacketBuilder.ip().ipv4("10.1.0.7", "10.0.0.254").icmp(3, 4).icmpRest(900).payload(outer));
    world.sleep(0.1);
    assertThat(fast()).isZero();

    assertThat(where(world.receive(fromClient().ack().dontFragment().payload(900))))
        .containsExactly("hop 1");
    assertThat(where(world.receive(fromClient().ack().payload(900))))
        .containsExactly("hop 2", "hop 2");
    assertThat(fast() & FLAG_FAST_IN).isZero();
  }

  @Test
  void aServerOnTheHostItselfIsPassedTo() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, "127.0.0.1", ForwardingMethod.DIRECT_ROUTE);
    establish(fromClient());
    assertThat(fast()).isEqualTo(FLAG_FAST_IN);
    assertThat(world.slots().inHop(world.onlySlot())).isEqualTo(HOP_LOCAL);
  }

  @Test
  void theProgramLearnsOfAServerOnTheHostBeforeThatCanAnswer() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, "10.0.0.254", ForwardingMethod.MASQUERADE);
    world.told.clear();
    world.receive(fromClient().syn());
    assertThat(world.told).containsExactly("serves locally");
  }

  @Test
  void aMasqueradedServerOnTheHostItselfIsPassedToOnceBothHaveSpoken() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, "10.0.0.254", ForwardingMethod.MASQUERADE);
    PacketBuilder fromServer = PacketBuilder.ip().ipv4("10.0.0.254", CLIENT).tcp(80, 40000);
    world.receive(fromClient().syn());
    world.answered(fromServer.but().syn().ack());
    assertThat(fast() & FLAG_FAST_IN).as("after SYN and its answer").isZero();

    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(BOTH);
    assertThat(world.slots().inHop(world.onlySlot())).isEqualTo(HOP_LOCAL);

    world.answered(fromServer.but().fin().ack());
    assertThat(state()).isEqualTo("FIN_WAIT");
  }

  @Test
  void whatAServerOnTheHostAnswersFromTheServicesAddressMovesTheState() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, "127.0.0.1", ForwardingMethod.DIRECT_ROUTE);
    PacketBuilder fromServer = PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(80, 40000);
    establish(fromClient());
    assertThat(fast()).as("until an answer was seen").isEqualTo(FLAG_FAST_IN);

    world.answered(fromServer.but().ack());
    assertThat(fast()).isEqualTo(BOTH);
    world.answered(fromServer.but().rst());
    assertThat(state()).isEqualTo("CLOSE");
  }

  @Test
  void whatTheHostSendsToOthersMovesNothing() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, "10.0.0.254", ForwardingMethod.MASQUERADE);
    establish(fromClient());
    world.answered(PacketBuilder.ip().ipv4("10.0.0.254", CLIENT).tcp(81, 40000).rst());
    world.answered(PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(80, 40000).rst());
    world.answered(PacketBuilder.ip().ipv4("10.0.0.254", CLIENT).icmp(3, 3));
    world.answered(PacketBuilder.ip().ipv4("10.0.0.254", CLIENT).tcp(80, 40000).truncatedTo(22));
    assertThat(state()).isEqualTo("ESTABLISHED");
  }

  @Test
  void connectionsWhoseWayHasMovedTakeTheNewOneWithTheirNextPacket() throws DirectorException {
    var service = world.service(tcp(VIP, 80), "rr", 0);
    server(service, SERVER_1, ForwardingMethod.MASQUERADE);
    world.receive(fromClient().syn());
    world.receive(PacketBuilder.ip().ipv4(SERVER_1, CLIENT).tcp(80, 40000).syn().ack());
    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(BOTH);

    world.engine.routesChanged();
    world.sleep(0.001);
    assertThat(fast()).as("on an unchanged way").isEqualTo(BOTH);

    world.routes.put(Address.of(CLIENT), new Host.Route.Via(new Hop(7, 1, 1500)));
    world.engine.routesChanged();
    world.sleep(0.001);
    assertThat(fast()).isZero();
    world.receive(fromClient().ack());
    assertThat(fast()).isEqualTo(BOTH);
    assertThat(world.slots().outHop(world.onlySlot())).isEqualTo(7);
  }

  @Test
  void flowsOfNoConnectionAreTheHosts() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.told.clear();

    world.receive(fromClient().ack());
    world.receive(fromClient().but().destinationPort(22).syn());
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53));
    world.receive(PacketBuilder.ip().ipv4(CLIENT, "10.1.0.9").tcp(1, 2).ack());

    assertThat(world.told)
        .containsExactly(
            "passes 198.18.0.1:40000 to 10.0.0.100:80",
            "passes 198.18.0.1:40000 to 10.0.0.100:22",
            "passes 198.18.0.1:5000 to 10.0.0.100:53",
            "passes 198.18.0.1:1 to 10.1.0.9:2");
  }

  @Test
  void answersOfDirectServersThatPassTheHostAreStillSeen() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.receive(fromClient().syn());
    world.told.clear();

    world.receive(PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(80, 40000).syn().ack());

    assertThat(world.told).isEmpty();
  }

  @Test
  void datagramsMarkedByLengthAreLookedAtOneByOne() throws DirectorException {
    world.service(new ServiceKey.Mark(7, Family.IPV4), "rr", 0);
    world.engine.marks(
        new MarkRules() {
          @Override
          public int mark(Flow flow) {
            return 0;
          }

          @Override
          public boolean markFlows() {
            return false;
          }
        },
        List.of());
    world.told.clear();

    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53));
    assertThat(world.told).isEmpty();
    world.receive(fromClient().ack());
    assertThat(world.told).containsExactly("passes 198.18.0.1:40000 to 10.0.0.100:80");
  }

  @Test
  void everyChangeOfTheTableOrSettingsVoidsWhatTheProgramWasTold() throws DirectorException {
    ServiceKey service = udp(VIP, 53);
    for (Change change :
        List.<Change>of(
            () -> world.service(service, "rr", 0),
            () -> server(service, SERVER_1, ForwardingMethod.TUNNEL),
            () ->
                world.director.editServer(
                    service,
                    new ServerSpec(
                        new ServerKey(Address.of(SERVER_1), 80),
                        ForwardingMethod.DIRECT_ROUTE,
                        1,
                        0,
                        0,
                        Tunnel.IPIP)),
            () -> world.director.deleteServer(service, new ServerKey(Address.of(SERVER_1), 80)),
            () -> world.director.changeSetting("sloppy_tcp", "1"),
            () -> world.engine.marks(MarkRules.NONE, List.of()),
            () -> world.engine.routesChanged(),
            () -> world.director.flush())) {
      world.told.clear();
      change.make();
      assertThat(world.told).contains("forget");
    }
  }

  private interface Change {
    void make() throws DirectorException;
  }
}
