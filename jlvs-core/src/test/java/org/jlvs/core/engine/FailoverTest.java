package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.engine.TestDirector.Sent;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What clients are told when their server is taken out. */
class FailoverTest {
  private static final ServerKey FIRST = new ServerKey(Address.of(SERVER_1), 80);
  private static final ServerKey SECOND = new ServerKey(Address.of(SERVER_2), 80);
  private static final String V6_VIP = "2001:db8::100";
  private static final String V6_CLIENT = "2001:db8:9::1";

  private final TestDirector world = new TestDirector();
  private final ServiceKey web = tcp(VIP, 80);

  private void promptFailover(int value) throws DirectorException {
    world.director.changeSetting("jlvs.prompt_failover", value);
  }

  private static PacketBuilder client() {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 80);
  }

  private void establish() {
    world.receive(client().syn());
    world.receive(client().ack().sequence(1000, 2000));
  }

  /** A packet's TCP header as "flags sequence acknowledgement", with its addresses. */
  private static String segment(Sent sent) {
    ByteBuffer bytes = ByteBuffer.wrap(sent.bytes());
    boolean ipv4 = bytes.get(0) >>> 4 == 4;
    int tcp = ipv4 ? 20 : 40;
    int addressBytes = ipv4 ? 4 : 16;
    byte[] from = new byte[addressBytes];
    byte[] to = new byte[addressBytes];
    bytes.get(ipv4 ? 12 : 8, from);
    bytes.get(ipv4 ? 16 : 24, to);
    return "%s %s:%d > %s:%d %02x %d %d"
        .formatted(
            sent.where(),
            Address.of(from),
            bytes.getShort(tcp) & 0xffff,
            Address.of(to),
            bytes.getShort(tcp + 2) & 0xffff,
            bytes.get(tcp + 13),
            bytes.getInt(tcp + 4) & 0xffffffffL,
            bytes.getInt(tcp + 8) & 0xffffffffL);
  }

  private static byte[] resetOf(int sequence) {
    byte[] reset =
        PacketBuilder.ip()
            .ipv4(VIP, CLIENT)
            .id(0)
            .dontFragment()
            .tcp(80, 40000)
            .rst()
            .sequence(sequence, 0)
            .build();
    // The builder's window of ffff, which to the checksum is the same as 0.
    reset[34] = 0;
    reset[35] = 0;
    return reset;
  }

  private static List<String> segments(List<Sent> sent) {
    return sent.stream().map(FailoverTest::segment).toList();
  }

  @ParameterizedTest
  @EnumSource(value = ForwardingMethod.class, mode = Mode.EXCLUDE, names = "LOCAL")
  void anEstablishedClientOfADeletedServerIsAskedForItsNumbersAndReset(ForwardingMethod method)
      throws DirectorException {
    world.service(web, method, 80);
    promptFailover(1);
    establish();

    world.director.deleteServer(web, SECOND);
    List<Sent> question = world.sleep(0.001);
    assertThat(segments(question))
        .singleElement()
        .asString()
        .startsWith("hop 1 10.0.0.100:80 > 198.18.0.1:40000 12 ");
    assertThat(world.receive(client().ack().sequence(1234, 5678)))
        .singleElement()
        .satisfies(
            reset -> {
              assertThat(segment(reset))
                  .isEqualTo("hop 1 10.0.0.100:80 > 198.18.0.1:40000 04 5678 0");
              assertThat(reset.bytes()).isEqualTo(resetOf(5678));
            });
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:40000 10.0.0.100:80 10.1.0.2:80 CLOSE");
    world.sleep(11);
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void ipv6ClientsAreResetToo() throws DirectorException {
    ServiceKey key = tcp(V6_VIP, 80);
    world.service(key, "rr", 0);
    world.director.addServer(key, server("2001:db8:1::1", 80, ForwardingMethod.DIRECT_ROUTE, 1));
    PacketBuilder client = PacketBuilder.ip().ipv6(V6_CLIENT, V6_VIP).tcp(40000, 80);
    promptFailover(1);
    world.receive(client.but().syn());
    world.receive(client.but().ack());

    world.director.deleteServer(key, new ServerKey(Address.of("2001:db8:1::1"), 80));
    assertThat(segments(world.sleep(0.001)))
        .singleElement()
        .asString()
        .startsWith("hop 1 2001:db8::100:80 > 2001:db8:9::1:40000 12 ");
    assertThat(segments(world.receive(client.but().ack().sequence(1, 77))))
        .containsExactly("hop 1 2001:db8::100:80 > 2001:db8:9::1:40000 04 77 0");
  }

  @Test
  void aPacketThatComesBeforeTheQuestionIsAnsweredWithAReset() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    establish();
    world.director.deleteServer(web, SECOND);
    assertThat(segments(world.receive(client().ack().sequence(1, 99).payload(100))))
        .containsExactly("hop 1 10.0.0.100:80 > 198.18.0.1:40000 04 99 0");
    assertThat(world.sleep(0.01)).isEmpty();
  }

  @Test
  void aPacketWithoutAcknowledgementIsResetAsRfc9293Says() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    establish();
    world.director.deleteServer(web, SECOND);
    assertThat(segments(world.receive(client().fin().sequence(1000, 0).payload(10))))
        .containsExactly("hop 1 10.0.0.100:80 > 198.18.0.1:40000 14 0 1011");
  }

  @Test
  void aSilentClientIsAskedThreeTimesAndThenForgotten() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    establish();
    world.director.deleteServer(web, SECOND);
    List<Integer> asked = new ArrayList<>();
    for (int second = 0; second < 20; second++) {
      if (!world.sleep(second == 0 ? 0.01 : 1).isEmpty()) {
        asked.add(second);
      }
    }
    assertThat(asked).hasSize(3).startsWith(0);
    assertThat(asked.getLast()).isBetween(3, 5);
    assertThat(world.connectionLines()).isEmpty();
    assertThat(world.services.numbered(2).references()).isZero();
  }

  @Test
  void aClientThatResetsIsForgotten() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    establish();
    world.director.deleteServer(web, SECOND);
    world.sleep(0.01);
    assertThat(world.receive(client().rst())).isEmpty();
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void aClientThatIsStillConnectingIsNotAskedAndGoesToAnotherServer() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    world.receive(client().syn());
    world.director.deleteServer(web, SECOND);
    assertThat(world.sleep(0.01)).isEmpty();
    assertThat(world.receive(client().syn())).extracting(Sent::where).containsExactly("hop 2");
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:40000 10.0.0.100:80 10.1.0.1:80 SYN_RECV");
  }

  @Test
  void theLastServersClientsHearThatNobodyServes() throws DirectorException {
    world.service(web, "rr", 0);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    promptFailover(1);
    world.receive(client().syn());
    world.director.deleteServer(web, FIRST);
    assertThat(world.receive(client().syn()))
        .singleElement()
        .satisfies(error -> assertThat(error.bytes()[20]).isEqualTo((byte) 3));
  }

  @Test
  void nextDatagramIsScheduledAnew() throws DirectorException {
    ServiceKey dns = udp(VIP, 53);
    world.service(dns, ForwardingMethod.DIRECT_ROUTE, 53);
    promptFailover(1);
    PacketBuilder question = PacketBuilder.ip().ipv4(CLIENT, VIP).udp(40000, 53).payload(5);
    world.receive(question);
    assertThat(world.connectionLines()).singleElement().asString().contains(SERVER_2);
    world.director.deleteServer(dns, new ServerKey(Address.of(SERVER_2), 53));
    world.receive(question);
    assertThat(world.connectionLines()).singleElement().asString().contains(SERVER_1);
    world.sleep(0.01);
    world.receive(question);
    assertThat(world.connectionLines()).singleElement().asString().contains(SERVER_1);
  }

  @Test
  void withoutTheOptionPacketsOfADeletedServerVanish() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    establish();
    world.director.deleteServer(web, SECOND);
    assertThat(world.sleep(0.01)).isEmpty();
    assertThat(world.receive(client().ack())).isEmpty();
  }

  private void persistentClientOfSecond() throws DirectorException {
    world.service(web, "rr", 600);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    establish();
  }

  private String serverOfNextConnection(int port) {
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(port, 80).syn());
    return world.listed().stream()
        .filter(view -> view.clientPort() == port)
        .map(view -> view.server().toString())
        .findFirst()
        .orElse("none");
  }

  private void quiesceSecond() throws DirectorException {
    world.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 0));
  }

  @Test
  void aPersistentClientLeavesAServerThatTheMonitorFoundDead() throws DirectorException {
    persistentClientOfSecond();
    promptFailover(1);
    quiesceSecond();
    world.director.serverFailed(web, SECOND);
    assertThat(segments(world.sleep(0.01))).hasSize(1);
    assertThat(serverOfNextConnection(40001)).isEqualTo(SERVER_1);
    assertThat(serverOfNextConnection(40002)).isEqualTo(SERVER_1);
  }

  @Test
  void aServerQuiescedForMaintenanceKeepsItsClientsUnlessAskedOtherwise() throws DirectorException {
    persistentClientOfSecond();
    promptFailover(1);
    quiesceSecond();
    assertThat(world.sleep(0.01)).isEmpty();
    assertThat(world.receive(client().ack())).extracting(Sent::where).containsExactly("hop 2");
    assertThat(serverOfNextConnection(40001)).isEqualTo(SERVER_2);

    world.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    promptFailover(2);
    quiesceSecond();
    assertThat(segments(world.sleep(0.01))).hasSize(1);
    assertThat(serverOfNextConnection(40002)).isEqualTo(SERVER_1);
  }

  @Test
  void aServerThatIsBackInTimeKeepsItsClients() throws DirectorException {
    persistentClientOfSecond();
    promptFailover(1);
    world.director.deleteServer(web, SECOND);
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    assertThat(world.sleep(0.01)).isEmpty();
    assertThat(world.receive(client().ack())).extracting(Sent::where).containsExactly("hop 2");
  }

  @Test
  void aDeletedServiceLeavesItsClientsAlone() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    promptFailover(1);
    establish();
    world.director.deleteService(web);
    assertThat(world.sleep(0.01)).isEmpty();
  }

  @Test
  void theProgramForwardsNothingForThoseWhoLeave() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(1);
    establish();
    int slot = world.onlySlot();
    assertThat(world.slots().flags(slot) & ConnectionLayout.FLAG_FAST_IN).isNotZero();
    world.director.deleteServer(web, SECOND);
    world.sleep(0.01);
    world.receive(client().ack());
    assertThat(world.slots().flags(slot) & ConnectionLayout.FLAG_FAST_IN).isZero();
  }

  @Test
  void aMasqueradedServersLatePacketsGoNowhere() throws DirectorException {
    world.service(web, ForwardingMethod.MASQUERADE, 8080);
    promptFailover(1);
    world.receive(client().syn());
    PacketBuilder answer = PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(8080, 40000);
    world.receive(answer.but().syn().ack());
    world.receive(client().ack());
    world.director.deleteServer(web, new ServerKey(Address.of(SERVER_2), 8080));
    assertThat(world.receive(answer.but().ack().payload(100))).isEmpty();
  }

  @Test
  void theNextDirectorGoesOnWhereThisOneWasKilled() throws DirectorException {
    persistentClientOfSecond();
    promptFailover(1);
    quiesceSecond();
    world.director.serverFailed(web, SECOND);

    TestDirector next = new TestDirector(world, 1);
    assertThat(segments(next.sleep(0.01))).singleElement().asString().contains(" 12 ");
    next.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40001, 80).syn());
    assertThat(next.connectionLines())
        .anyMatch(line -> line.contains(":40001 10.0.0.100:80 10.1.0.1:80"));
  }

  @Test
  void thousandsOfClientsAreToldWithoutDelayingAnybodyElse() throws DirectorException {
    TestDirector large = new TestDirector(8192);
    large.service(web, "rr", 0);
    large.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    large.director.changeSetting("jlvs.prompt_failover", 1);
    int clients = 5000;
    for (int i = 0; i < clients; i++) {
      PacketBuilder one = PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(1024 + i, 80);
      large.receive(one.but().syn());
      large.receive(one.but().ack());
    }
    large.director.deleteServer(web, FIRST);
    List<Integer> portions = new ArrayList<>();
    assertThat(large.engine.hasWork()).isTrue();
    while (large.engine.hasWork()) {
      portions.add(large.sleep(0.001).size());
    }
    assertThat(portions.stream().mapToInt(Integer::intValue).sum()).isEqualTo(clients);
    assertThat(portions).allMatch(portion -> portion <= 256);
    assertThat(large.engine.counters().clientsAsked).isEqualTo(clients);
    for (int second = 0; second < 30; second++) {
      large.sleep(1);
    }
    assertThat(large.connections.connectionCount()).isZero();
  }

  @Test
  void theMonitorIsToldWhenThereIsNoSuchServer() {
    assertThatThrownBy(() -> world.director.serverFailed(web, FIRST))
        .isInstanceOf(DirectorException.class)
        .hasMessage("there is no server 10.1.0.1:80 of service TCP 10.0.0.100:80");
  }

  @ParameterizedTest
  @CsvSource({"0, true, true", "1, false, false", "1, true, true", "2, false, false"})
  void aServiceMayDecideItselfWhetherItsClientsAreReset(int setting, boolean own, boolean expected)
      throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    promptFailover(setting);
    world.director.servicePolicy(
        web, new ServicePolicy(Optional.of(own), OptionalInt.empty(), OptionalInt.empty()));
    establish();
    world.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 0));
    assertThat(world.sleep(0.001)).as("quiesced").isEmpty();
    world.director.serverFailed(web, SECOND);
    assertThat(world.sleep(0.001)).as("dead").hasSize(expected ? 1 : 0);
  }

  @Test
  void aServiceIsRefusedTimesThatCannotBe() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    for (int seconds : new int[] {-1, ServicePolicy.LONGEST_DRAIN_SECONDS + 1}) {
      ServicePolicy policy =
          new ServicePolicy(Optional.empty(), OptionalInt.of(seconds), OptionalInt.empty());
      assertThatThrownBy(() -> world.director.servicePolicy(web, policy))
          .isInstanceOf(DirectorException.class)
          .hasMessage("a drain time of " + seconds + " s; expected 0 to 31536000");
    }
    assertThat(world.director.service(web).orElseThrow().policy()).isEqualTo(ServicePolicy.NONE);
  }
}
