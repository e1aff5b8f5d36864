package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.control.ForwardingMethod.MASQUERADE;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.udp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** What traces of the kernel don't show: how calls outlive the process, and full tables. */
class SipPersistenceTest {
  private static final int SIP = 5060;

  private static TestDirector director(int capacity) throws DirectorException {
    TestDirector world = new TestDirector(capacity);
    ServiceKey key = udp(VIP, SIP);
    world.director.addService(
        new ServiceSpec(key, "rr", ServiceSpec.PERSISTENT, 60, 32, Optional.of("sip")));
    world.director.addServer(key, server(SERVER_1, SIP, MASQUERADE, 1));
    world.director.addServer(key, server(SERVER_2, SIP, MASQUERADE, 1));
    return world;
  }

  private static byte[] message(String callId) {
    return ("INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: " + callId + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static List<TestDirector.Sent> call(TestDirector world, int port, String callId) {
    return world.receive(
        PacketBuilder.ip().ipv4(CLIENT, VIP).udp(port, SIP).payload(message(callId)));
  }

  private static List<String> calls(TestDirector world) {
    return world.listed().stream()
        .filter(view -> view.persistenceEngineData().isPresent())
        .map(view -> view.persistenceEngineData().get() + " " + view.server())
        .sorted()
        .toList();
  }

  @Test
  void callsStayWithTheirServerWhenTheProcessIsReplaced() throws DirectorException {
    TestDirector world = director(1024);
    String longest = "x".repeat(255);
    call(world, 40_000, "one@a");
    call(world, 40_001, longest);
    List<String> calls = calls(world);
    assertThat(calls).containsExactly("one@a " + SERVER_2, longest + " " + SERVER_1);
    world = new TestDirector(world, 1);
    assertThat(calls(world)).isEqualTo(calls);
    call(world, 40_002, "one@a");
    call(world, 40_003, "one@a");
    call(world, 40_004, longest);
    assertThat(calls(world)).isEqualTo(calls);
    assertThat(world.connectionLines())
        .contains(
            "17 198.18.0.1:40002 10.0.0.100:5060 10.1.0.2:5060 UDP",
            "17 198.18.0.1:40003 10.0.0.100:5060 10.1.0.2:5060 UDP",
            "17 198.18.0.1:40004 10.0.0.100:5060 10.1.0.1:5060 UDP");
  }

  @Test
  void aTableWithoutRoomForACallIdTakesNoMoreCallsAndLosesNone() throws DirectorException {
    TestDirector world = director(16);
    int calls = 0;
    while (!call(world, 40_000 + calls, calls + "x".repeat(200)).isEmpty()) {
      calls++;
    }
    assertThat(calls).isEqualTo(3);
    assertThat(calls(world)).hasSize(3);
    assertThat(world.engine.counters().tableFull).isPositive();
    world.sleep(400);
    world.sleep(70);
    assertThat(world.listed()).isEmpty();
    world.sleep(1);
    assertThat(call(world, 50_000, "new@a")).hasSize(1);
  }

  @Test
  void aCallThatAServerBeginsHasAConnectionAndATemplate() throws DirectorException {
    TestDirector world = new TestDirector();
    ServiceKey key = udp(VIP, SIP);
    int flags = ServiceSpec.PERSISTENT | ServiceSpec.ONE_PACKET;
    world.director.addService(new ServiceSpec(key, "rr", flags, 60, 32, Optional.of("sip")));
    world.director.addServer(key, server(SERVER_1, SIP, MASQUERADE, 1));
    world.director.addServer(key, server(SERVER_2, SIP, MASQUERADE, 1));
    PacketBuilder call = PacketBuilder.ip().ipv4(SERVER_1, CLIENT).udp(SIP, 40_000);
    assertThat(world.receive(call.but().payload(message("out@a"))))
        .extracting("where")
        .containsExactly("hop 1");
    assertThat(calls(world)).containsExactly("out@a " + SERVER_1);
    for (int port = 40_001; port < 40_004; port++) {
      call(world, port, "out@a");
      assertThat(calls(world)).containsExactly("out@a " + SERVER_1);
    }
    world.receive(
        PacketBuilder.ip().ipv4(SERVER_2, CLIENT).udp(SIP, 40_009).payload(message("out@a")));
    assertThat(calls(world)).contains("out@a " + SERVER_2);
  }

  private static PacketBuilder fromServer(String server, int clientPort) {
    return PacketBuilder.ip().ipv4(server, CLIENT).udp(SIP, clientPort);
  }

  @Test
  void messagesWithoutCallIdAreDroppedFromClientsAndPassFromServers() throws DirectorException {
    TestDirector world = director(1024);
    byte[] nothing =
        "INVITE sip:bob@example.com SIP/2.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    assertThat(world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(4000, SIP).payload(nothing)))
        .isEmpty();
    PacketBuilder answer = fromServer(SERVER_1, 4000).payload(nothing);
    List<TestDirector.Sent> sent = world.receive(answer);
    assertThat(sent).extracting("where").containsExactly("host");
    assertThat(sent.getFirst().bytes()).isEqualTo(answer.build());
    assertThat(world.listed()).isEmpty();
  }

  @Test
  void tcpOfAMarkThatGoesByCallIdsIsDropped() throws DirectorException {
    TestDirector world = new TestDirector();
    ServiceKey marked = new ServiceKey.Mark(5, Family.IPV4);
    world.director.addService(
        new ServiceSpec(marked, "rr", ServiceSpec.PERSISTENT, 60, 32, Optional.of("sip")));
    world.director.addServer(marked, server(SERVER_1, 0, MASQUERADE, 1));
    world.engine.marks(flow -> 5, List.of(Interest.EVERYTHING));
    PacketBuilder client = PacketBuilder.ip().ipv4(CLIENT, VIP);
    assertThat(world.receive(client.but().tcp(4000, SIP).syn().payload(message("one@a"))))
        .isEmpty();
    assertThat(world.receive(client.but().udp(4000, SIP).payload(message("one@a")))).hasSize(1);
    assertThat(calls(world)).containsExactly("one@a " + SERVER_1);
    assertThat(world.connectionLines()).hasSize(2);
  }

  /** A source port of 0x0a69 is a line's end and an "i", the short name of the header. */
  @Test
  void portsThatReadLikeAHeaderAreNone() throws DirectorException {
    TestDirector world = director(1024);
    assertThat(call(world, 0x0a69, "one@a")).hasSize(1);
    assertThat(calls(world)).containsExactly("one@a " + SERVER_2);
  }

  @Test
  void aServiceWithoutCallIdsKnowsNothingOfTheLastCall() throws DirectorException {
    TestDirector world = director(1024);
    ServiceKey dns = udp(VIP, 53);
    world.service(dns, "rr", 60);
    world.director.addServer(dns, server(SERVER_1, 53, MASQUERADE, 1));
    call(world, 40_000, "one@a");
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(40_000, 53).payload(5));
    assertThat(calls(world)).containsExactly("one@a " + SERVER_2);
    assertThat(world.connectionLines()).contains("17 198.18.0.1:0 10.0.0.100:53 10.1.0.1:53 NONE");
  }

  @Test
  void whatMasqueradedServersOfOtherServicesSendBeginsNothing() throws DirectorException {
    TestDirector world = director(1024);
    ServiceKey dns = udp(VIP, 53);
    world.service(dns, "rr", 0);
    world.director.addServer(dns, server(SERVER_1, 53, MASQUERADE, 1));
    for (int port : List.of(53, 54)) {
      PacketBuilder query =
          PacketBuilder.ip().ipv4(SERVER_1, CLIENT).udp(port, 40_000).payload(message("one@a"));
      List<TestDirector.Sent> sent = world.receive(query);
      assertThat(sent).extracting("where").containsExactly("host");
      assertThat(sent.getFirst().bytes()).isEqualTo(query.build());
    }
    assertThat(world.listed()).isEmpty();
  }

  @Test
  void aCallTakenOverByAnotherServerLeavesItsOldTemplateBehind() throws DirectorException {
    TestDirector world = director(1024);
    call(world, 40_000, "one@a");
    assertThat(calls(world)).containsExactly("one@a " + SERVER_2);
    world.receive(fromServer(SERVER_1, 40_001).payload(message("one@a")));
    assertThat(world.connectionLines())
        .containsExactly(
            "17 198.18.0.1:0 10.0.0.100:5060 10.1.0.1:5060 ASSURED",
            "17 198.18.0.1:0 10.0.0.100:65535 10.1.0.2:65535 NONE",
            "17 198.18.0.1:40000 10.0.0.100:5060 10.1.0.2:5060 UDP",
            "17 198.18.0.1:40001 10.0.0.100:5060 10.1.0.1:5060 UDP");
    call(world, 40_002, "one@a");
    assertThat(world.connectionLines())
        .contains("17 198.18.0.1:40002 10.0.0.100:5060 10.1.0.1:5060 UDP");
  }

  @Test
  void aServersCallKeepsTheTemplateOfTheCallAlive() throws DirectorException {
    TestDirector world = director(1024);
    call(world, 40_000, "one@a");
    world.sleep(50);
    world.receive(fromServer(SERVER_2, 40_001).payload(message("one@a")));
    assertThat(
            world.listed().stream()
                .filter(view -> view.persistenceEngineData().isPresent())
                .map(ConnectionView::expiresMillis))
        .containsExactly(60_000L);
    assertThat(world.connectionLines()).hasSize(3);
  }

  @Test
  void aClientsPortFollowsTheServerThatCalledItLast() throws DirectorException {
    TestDirector world = director(1024);
    call(world, 40_000, "one@a");
    world.receive(fromServer(SERVER_1, 40_000).payload(message("two@a")));
    PacketBuilder ring = PacketBuilder.ip().ipv4(CLIENT, VIP).udp(40_000, SIP).payload(5);
    List<TestDirector.Sent> sent = world.receive(ring);
    assertThat(sent).extracting("where").containsExactly("hop 2");
    assertThat(sent.getFirst().bytes()).isEqualTo(ring.but().destination(SERVER_1).ttl(63).build());
    assertThat(world.connectionLines())
        .contains(
            "17 198.18.0.1:40000 10.0.0.100:5060 10.1.0.1:5060 UDP",
            "17 198.18.0.1:40000 10.0.0.100:5060 10.1.0.2:5060 UDP");
  }

  @Test
  void aServersCallThatATableHasNoRoomForPassesUntranslated() throws DirectorException {
    TestDirector world = director(16);
    int calls = 0;
    while (!call(world, 40_000 + calls, calls + "x".repeat(200)).isEmpty()) {
      calls++;
    }
    long full = world.engine.counters().tableFull;
    List<ConnectionView> before = world.listed();
    for (String callId : List.of("0" + "x".repeat(200), "new@a" + "x".repeat(200))) {
      PacketBuilder call = fromServer(SERVER_2, 50_000).payload(message(callId));
      List<TestDirector.Sent> sent = world.receive(call);
      assertThat(sent).extracting("where").as(callId).containsExactly("host");
      assertThat(sent.getFirst().bytes()).isEqualTo(call.build());
    }
    assertThat(world.engine.counters().tableFull).isEqualTo(full + 2);
    assertThat(world.listed()).isEqualTo(before);
  }
}
