package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A transparent cache's service without servers: {@code cache_bypass}. */
class BypassTest {
  private static final int MARK = 7;
  private static final String WEBSITE = "10.1.0.9";
  private static final String WEBSITE_6 = "2001:db8:1::9";
  private static final String CLIENT_6 = "2001:db8:9::1";

  private final ServiceKey cache = new ServiceKey.Mark(MARK, Family.IPV4);
  private final ServiceKey cache6 = new ServiceKey.Mark(MARK, Family.IPV6);

  /** All packets carry the mark, and a routing rule for it. */
  private TestDirector director(int capacity, int flags) throws DirectorException {
    TestDirector world = new TestDirector(capacity);
    world.service(cache, "rr", 0, flags);
    world.service(cache6, "rr", 0, flags);
    world.director.changeSetting("cache_bypass", 1);
    world.engine.marks(flow -> MARK, List.of(Interest.EVERYTHING));
    world.markedRoute = MARK;
    return world;
  }

  private TestDirector world = new TestDirector();

  @BeforeEach
  void aServiceOfAMarkWithoutServers() throws DirectorException {
    world = director(1024, 0);
  }

  private static PacketBuilder to(String destination) {
    PacketBuilder packet = PacketBuilder.ip();
    return destination.contains(":")
        ? packet.ipv6(CLIENT_6, destination).tcp(4000, 80)
        : packet.ipv4(CLIENT, destination).tcp(4000, 80);
  }

  private void assertForwarded(PacketBuilder received) {
    List<TestDirector.Sent> sent = world.receive(received);
    assertThat(sent).extracting("where").containsExactly("hop 2");
    assertThat(sent.getFirst().bytes()).isEqualTo(received.but().ttl(63).build());
  }

  /** Asserts that a packet makes no connection and its sender hears of nothing. */
  private void assertDropped(PacketBuilder packet) {
    assertThat(world.receive(packet)).isEmpty();
    assertThat(world.listed()).isEmpty();
  }

  /** Asserts that a packet makes no connection and its sender hears that nobody is there. */
  private void assertRefused(PacketBuilder packet, int type, int code) {
    List<TestDirector.Sent> sent = world.receive(packet);
    assertThat(sent).extracting("where").containsExactly("hop 1");
    byte[] error = sent.getFirst().bytes();
    int icmp = error[0] >>> 4 == 4 ? 20 : 40;
    assertThat(Arrays.copyOfRange(error, icmp, icmp + 2)).containsExactly(type, code);
    assertThat(world.listed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {WEBSITE, WEBSITE_6})
  void packetsGoOnToWhereTheyWereBoundOnAConnectionWithoutServer(String website) {
    assertForwarded(to(website).syn());
    assertForwarded(to(website).ack());
    Address client = Address.of(website.equals(WEBSITE) ? CLIENT : CLIENT_6);
    Address nowhere = Address.of(website.equals(WEBSITE) ? "0.0.0.0" : "::");
    assertThat(world.listed())
        .containsExactly(
            new ConnectionView(
                6,
                client,
                4000,
                Address.of(website),
                80,
                nowhere,
                0,
                "ESTABLISHED",
                900_000,
                Optional.empty(),
                Optional.empty()));
    assertThat(world.director.totals().connections()).isZero();
    world.sleep(899);
    assertThat(world.listed()).hasSize(1);
    world.sleep(2);
    assertThat(world.listed()).isEmpty();
  }

  @Test
  void aConnectionKeepsItsWayWhenServersComeBack() throws DirectorException {
    assertForwarded(to(WEBSITE).syn());
    world.director.addServer(cache, server(SERVER_1, 0, ForwardingMethod.MASQUERADE, 1));
    assertForwarded(to(WEBSITE).ack());
    world.receive(to(WEBSITE).sourcePort(4001).syn());
    assertThat(world.connectionLines())
        .containsExactly(
            "6 198.18.0.1:4000 10.1.0.9:80 0.0.0.0:0 ESTABLISHED",
            "6 198.18.0.1:4001 10.1.0.9:80 10.1.0.1:80 SYN_RECV");
  }

  @Test
  void withoutTheSettingPacketsEnd() throws DirectorException {
    world.director.changeSetting("cache_bypass", 0);
    assertDropped(to(WEBSITE).syn());
    assertRefused(to(WEBSITE_6).syn(), 1, 4);
  }

  @Test
  void onlyServicesOfMarksAreBypassed() throws DirectorException {
    world.engine.marks(MarkRules.NONE, List.of());
    world.service(tcp(VIP, 80), "rr", 0);
    assertRefused(to(VIP).syn(), 3, 3);
  }

  @Test
  void whatIsBoundForTheDirectorItselfCanNotGoOn() {
    assertRefused(to(VIP).syn(), 3, 3);
    assertThat(world.receive(to("2001:db8::100").syn())).isEmpty();
    assertThat(world.connectionLines())
        .as("IPv6 finds out when it has the connection")
        .containsExactly("6 2001:db8:9::1:4000 2001:db8::100:80 :::0 SYN_RECV");
  }

  @Test
  void whatIsBoundForManyCanNotGoOn() {
    assertDropped(to("10.1.255.255").syn());
    assertDropped(to("224.0.0.1").syn());
    assertDropped(to("255.255.255.255").syn());
    world.routes.put(Address.of("ff0e::1"), new Host.Route.Local());
    assertThat(world.receive(to("ff0e::1").syn())).extracting("where").doesNotContain("hop 2");
    assertThat(world.listed()).isEmpty();
    assertThat(world.receive(to("223.255.255.255").syn()))
        .extracting("where")
        .containsExactly("hop 1");
  }

  @Test
  void oneDatagramOfAServiceForOnePacketLeavesNothingBehind() throws DirectorException {
    world = director(1024, ServiceSpec.ONE_PACKET);
    assertForwarded(PacketBuilder.ip().ipv4(CLIENT, WEBSITE).udp(4000, 53).payload(5));
    assertThat(world.listed()).isEmpty();
    assertForwarded(to(WEBSITE).syn());
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:4000 10.1.0.9:80 0.0.0.0:0 SYN_RECV");
  }

  @Test
  void aPersistentServiceRemembersNoClientThatBypassedIt() throws DirectorException {
    world.director.editService(
        new ServiceSpec(cache, "rr", ServiceSpec.PERSISTENT, 60, 32, Optional.empty()));
    assertForwarded(to(WEBSITE).syn());
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:4000 10.1.0.9:80 0.0.0.0:0 SYN_RECV");
  }

  @Test
  void aFullTableLetsNoMoreBy() throws DirectorException {
    world = director(16, 0);
    int made = 0;
    while (made < 100 && !world.receive(to(WEBSITE).sourcePort(4000 + made).syn()).isEmpty()) {
      made++;
    }
    assertThat(world.listed()).hasSize(made).hasSizeBetween(1, 16);
    assertThat(world.engine.counters().tableFull).isEqualTo(1);
  }

  @Test
  void anIcmpErrorBeginsNoConnectionThatBypasses() throws DirectorException {
    world.director.changeSetting("schedule_icmp", 1);
    byte[] answer = PacketBuilder.ip().ipv4(WEBSITE, CLIENT).tcp(80, 4000).ack().build();
    assertDropped(
        PacketBuilder.ip()
            .ipv4("198.18.77.7", VIP)
            .icmp(3, 4)
            .icmpRest(1300)
            .payload(Arrays.copyOf(answer, 28)));
  }
}
