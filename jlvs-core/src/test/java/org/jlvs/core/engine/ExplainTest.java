package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.control.Explanation.Outcome;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the director says it would do is what it does. */
class ExplainTest {
  private final TestDirector world = new TestDirector();
  private final ServiceKey web = tcp(VIP, 80);

  private static FlowQuery tcpTo(String client, int port, String destination, int to) {
    return new FlowQuery(
        Protocol.TCP.number(), Address.of(client), port, Address.of(destination), to, 0);
  }

  private Explanation explain(String destination, int port) {
    return world.engine.explain(tcpTo(CLIENT, 40000, destination, port));
  }

  @Test
  void aScheduledConnection() throws DirectorException {
    world.service(web, "wlc", 0);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 8080, ForwardingMethod.MASQUERADE, 3));
    world.director.addServer(web, server("10.1.0.3", 80, ForwardingMethod.DIRECT_ROUTE, 0));
    Explanation explanation = explain(VIP, 80);
    assertThat(explanation.outcome()).isEqualTo(Outcome.SCHEDULED);
    assertThat(explanation.reason()).isEqualTo("wlc chooses 10.1.0.2:8080");
    assertThat(explanation.scheduling().orElseThrow().reason())
        .isEqualTo("its load for its weight, (256 × active + inactive) / weight, is the least");
    assertThat(explanation.services())
        .singleElement()
        .satisfies(
            service -> assertThat(service.verdict()).isEqualTo("its protocol, address and port"));
    assertThat(explanation.scheduling().orElseThrow().servers())
        .extracting(one -> one.key() + " " + one.figure() + " " + one.verdict())
        .containsExactly(
            "10.1.0.3:80 0 / 0 quiesced: weight 0",
            "10.1.0.2:8080 0 / 3 = 0 chosen",
            "10.1.0.1:80 0 / 1 = 0 as little load for its weight, but later in the list");
    assertThat(explanation.way())
        .contains(
            new Explanation.Way(
                new ServerKey(Address.of(SERVER_2), 8080),
                ForwardingMethod.MASQUERADE,
                Tunnel.IPIP,
                new Explanation.Link.Hop(2, 2, 1500)));
    assertThat(explanation.inInterface()).isEqualTo(1);
  }

  @Test
  void markBeforePortBeforeAllPorts() throws DirectorException {
    ServiceKey mark = new ServiceKey.Mark(10, Family.IPV4);
    ServiceKey all = tcp(VIP, 0);
    for (ServiceKey key : List.of(mark, web, all)) {
      world.service(key, "rr", 60);
      world.director.addServer(
          key,
          server(
              SERVER_1, key instanceof ServiceKey.Mark ? 0 : 80, ForwardingMethod.DIRECT_ROUTE, 1));
    }
    world.engine.marks(flow -> flow.destinationPort == 443 ? 10 : 0, List.of());
    assertThat(explain(VIP, 443).services())
        .extracting(one -> one.service().key() + ": " + one.verdict())
        .containsExactly(
            "FWM 10: its firewall mark goes before address and port",
            "TCP 10.0.0.100:0: a service of its firewall mark goes first");
    assertThat(explain(VIP, 80).services())
        .extracting(one -> one.service().key() + ": " + one.verdict())
        .containsExactly(
            "TCP 10.0.0.100:80: its protocol, address and port",
            "TCP 10.0.0.100:0: a service of its very port goes first");
    assertThat(explain(VIP, 8080).services())
        .extracting(one -> one.service().key() + ": " + one.verdict())
        .containsExactly("TCP 10.0.0.100:0: its address's service of all ports");
  }

  @Test
  void aClientWithATemplateAndAConnection() throws DirectorException {
    world.service(web, "rr", 600);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(40000, 80).syn());
    Explanation same = explain(VIP, 80);
    assertThat(same.outcome()).isEqualTo(Outcome.EXISTING);
    assertThat(same.connection())
        .contains(
            new Explanation.Existing(new ServerKey(Address.of(SERVER_1), 80), "SYN_RECV", 60_000));
    Explanation next = world.engine.explain(tcpTo(CLIENT, 40001, VIP, 80));
    assertThat(next.outcome()).isEqualTo(Outcome.PERSISTENT);
    assertThat(next.template().orElseThrow().holds()).isTrue();
    assertThat(next.template().orElseThrow().expiresMillis()).isEqualTo(600_000);
    assertThat(next.scheduling()).isEmpty();

    world.director.changeSetting("expire_quiescent_template", 1);
    world.director.editServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 0));
    Explanation quiesced = world.engine.explain(tcpTo(CLIENT, 40001, VIP, 80));
    assertThat(quiesced.template().orElseThrow().verdict())
        .isEqualTo("its server is quiesced (net.ipv4.vs.expire_quiescent_template)");
    assertThat(quiesced.outcome()).isEqualTo(Outcome.NO_SERVER);
    assertThat(quiesced.reason()).isEqualTo("no server takes connections");
  }

  @Test
  void whatIsNotTheDirectors() throws DirectorException {
    assertThat(explain(VIP, 80).reason()).isEqualTo("the director has no IPv4 service");
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    assertThat(explain(VIP, 81).reason()).isEqualTo("no service is for TCP 10.0.0.100:81");
    assertThat(explain("192.0.2.1", 80).reason())
        .startsWith("192.0.2.1 is not an address of this host");
    assertThat(world.engine.explain(tcpTo("10.0.0.254", 1, VIP, 80)).reason())
        .isEqualTo(
            "10.0.0.254 is this host's own address: what the host itself sends is not balanced");
    assertThat(world.engine.explain(tcpTo("224.0.0.1", 1, VIP, 80)).reason())
        .isEqualTo("no packet can come from 224.0.0.1");
    assertThat(world.engine.explain(tcpTo(CLIENT, 20, VIP, 80)).reason())
        .startsWith("source port 20");
    assertThat(Stream.of(explain(VIP, 81), explain("192.0.2.1", 80)).map(Explanation::outcome))
        .containsOnly(Outcome.HOST);
  }

  @Test
  void aServerWithoutRoute() throws DirectorException {
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    world.routes.put(Address.of(SERVER_2), new Host.Route.Unreachable());
    assertThat(explain(VIP, 80).notes())
        .contains("there is no route to 10.1.0.2: the client is told \"host unreachable\"");
  }

  private static FlowQuery sip(int port, String callId) {
    return new FlowQuery(
        Protocol.UDP.number(),
        Address.of(CLIENT),
        port,
        Address.of(VIP),
        5060,
        0,
        Optional.of(callId));
  }

  private List<TestDirector.Sent> call(int port, String callId) {
    byte[] message =
        ("INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: " + callId + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    return world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(port, 5060).payload(message));
  }

  private static String wayOf(Explanation explanation) {
    return explanation.outcome() + " " + explanation.way().orElseThrow().server();
  }

  @Test
  void aCallGoesToTheServerOfItsCallIdAndANewOneIsScheduled() throws DirectorException {
    ServiceKey phones = udp(VIP, 5060);
    world.director.addService(
        new ServiceSpec(phones, "rr", ServiceSpec.PERSISTENT, 60, 32, Optional.of("sip")));
    world.director.addServer(phones, server(SERVER_1, 5060, ForwardingMethod.MASQUERADE, 1));
    world.director.addServer(phones, server(SERVER_2, 5060, ForwardingMethod.MASQUERADE, 1));
    int port = 40_000;
    for (String callId : List.of("one@a", "two@a", "one@a", "three", "two@a", "three")) {
      Explanation explanation = world.engine.explain(sip(port, callId));
      assertThat(call(port, callId)).hasSize(1);
      int used = port;
      assertThat(world.listed().stream().filter(view -> view.clientPort() == used))
          .as(explanation.toString())
          .extracting(view -> new ServerKey(view.server(), view.serverPort()))
          .containsExactly(explanation.way().orElseThrow().server());
      port++;
    }
    assertThat(world.engine.explain(sip(port, "one@a")).reason())
        .isEqualTo("the call's template names 10.1.0.2:5060");
    assertThat(world.engine.explain(sip(port, "four")).notes())
        .containsExactly("the call has no template yet; this connection would make one");
    for (String wrong : List.of("", "a b", "a@", "a@b@c", "x".repeat(256))) {
      Explanation explanation = world.engine.explain(sip(port, wrong));
      assertThat(explanation.outcome()).as(wrong).isEqualTo(Outcome.DROPPED);
      assertThat(explanation.reason()).startsWith("\"" + wrong + "\" is no Call-ID");
      assertThat(call(port, wrong)).as(wrong).isEmpty();
    }
    FlowQuery unasked =
        new FlowQuery(Protocol.UDP.number(), Address.of(CLIENT), port, Address.of(VIP), 5060, 0);
    assertThat(wayOf(world.engine.explain(unasked))).isEqualTo("SCHEDULED 10.1.0.1:5060");
    assertThat(world.engine.explain(unasked).notes())
        .singleElement()
        .asString()
        .contains("'jlvs explain --call-id ID' asks about a certain one");
  }

  @Test
  void packetsBypassAServiceWithoutServersThatIsTold() throws DirectorException {
    ServiceKey cache = new ServiceKey.Mark(7, Family.IPV4);
    world.service(cache, "rr", 0);
    world.engine.marks(flow -> 7, List.of(Interest.EVERYTHING));
    FlowQuery toWebsite = tcpTo(CLIENT, 40000, "10.1.0.9", 80);
    PacketBuilder syn = PacketBuilder.ip().ipv4(CLIENT, "10.1.0.9").tcp(40000, 80).syn();

    assertThat(world.engine.explain(toWebsite).outcome()).isEqualTo(Outcome.HOST);
    assertThat(world.receive(syn)).extracting("where").containsExactly("host");

    world.markedRoute = 7;
    Explanation dropped = world.engine.explain(toWebsite);
    assertThat(dropped.outcome()).isEqualTo(Outcome.NO_SERVER);
    assertThat(dropped.notes())
        .containsExactly(
            "the client is told nothing, as no error can come from another host's address");
    assertThat(world.receive(syn)).isEmpty();

    world.director.changeSetting("cache_bypass", 1);
    Explanation bypass = world.engine.explain(toWebsite);
    assertThat(wayOf(bypass)).isEqualTo("BYPASS 10.1.0.9:80");
    assertThat(bypass.reason()).isEqualTo("the service has no servers (net.ipv4.vs.cache_bypass)");
    assertThat(bypass.way().orElseThrow().forwarding()).isEqualTo(ForwardingMethod.BYPASS);
    assertThat(world.listed()).isEmpty();
    List<TestDirector.Sent> sent = world.receive(syn);
    assertThat(sent).extracting("where").containsExactly("hop 2");
    assertThat(sent.getFirst().bytes()).isEqualTo(syn.but().ttl(63).build());
    assertThat(wayOf(world.engine.explain(toWebsite))).isEqualTo("EXISTING 10.1.0.9:80");

    Explanation own = explain(VIP, 80);
    assertThat(own.outcome()).isEqualTo(Outcome.NO_SERVER);
    assertThat(world.receive(syn.but().destination(VIP)))
        .extracting("where")
        .containsExactly("hop 1");
  }

  @Test
  void whatBypassesToTheDirectorsOwnIpv6AddressIsDropped() throws DirectorException {
    ServiceKey cache = new ServiceKey.Mark(7, Family.IPV6);
    world.service(cache, "rr", 0);
    world.engine.marks(flow -> 7, List.of(Interest.EVERYTHING));
    world.director.changeSetting("cache_bypass", 1);
    PacketBuilder packet =
        PacketBuilder.ip().ipv6("2001:db8:9::1", "2001:db8::100").tcp(40000, 80).syn();
    for (int i = 0; i < 2; i++) {
      Explanation explanation =
          world.engine.explain(tcpTo("2001:db8:9::1", 40000, "2001:db8::100", 80));
      assertThat(explanation.outcome()).isEqualTo(Outcome.DROPPED);
      assertThat(explanation.reason()).endsWith(", and what is bound for this host can't go on");
      assertThat(world.receive(packet)).isEmpty();
    }
    assertThat(world.listed()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("org.jlvs.core.scheduler.Schedulers#names")
  void inRandomStatesThePacketGoesWhereItWasSaidToGo(String scheduler) throws DirectorException {
    for (int seed = 0; seed < 12; seed++) {
      new RandomWorld(scheduler, seed).run();
    }
  }

  /** A director of random services and servers, whom random clients ask and then connect. */
  private static final class RandomWorld {
    private static final int STEPS = 120;
    private static final int SERVERS = 4;

    private final Random random;
    private final TestDirector world = new TestDirector(2048);
    private final String scheduler;
    private final List<ServiceKey> keys =
        List.of(new ServiceKey.Mark(7, Family.IPV4), tcp(VIP, 80), tcp(VIP, 0));

    RandomWorld(String scheduler, int seed) throws DirectorException {
      this.random = new Random(seed);
      this.scheduler = scheduler;
      for (ServiceKey key : keys) {
        boolean allPorts = key.equals(tcp(VIP, 0));
        boolean persistent = allPorts || random.nextInt(3) == 0;
        int flags =
            random.nextInt(4) * ServiceSpec.SCHEDULER_FLAG_1
                | (persistent ? ServiceSpec.PERSISTENT : 0);
        int prefix = random.nextBoolean() ? 32 : 24;
        world.director.addService(
            new ServiceSpec(key, scheduler, flags, persistent ? 30 : 0, prefix, Optional.empty()));
      }
      world.engine.marks(flow -> flow.destinationPort >= 8000 ? 7 : 0, List.of());
      world.director.changeSetting("jlvs.prompt_failover", random.nextInt(3));
      world.director.changeSetting("jlvs.slow_start", random.nextInt(3) * 10);
      world.director.changeSetting("expire_nodest_conn", random.nextInt(2));
      world.director.changeSetting("expire_quiescent_template", random.nextInt(2));
    }

    void run() throws DirectorException {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(6)) {
          case 0, 1 -> change();
          case 2 -> world.sleep(random.nextInt(20));
          default -> connect();
        }
      }
    }

    private void change() throws DirectorException {
      ServiceKey key = keys.get(random.nextInt(keys.size()));
      int port = key instanceof ServiceKey.Mark ? 0 : random.nextInt(2) * 80;
      ServerKey server = new ServerKey(Address.of("10.1.0." + (1 + random.nextInt(SERVERS))), port);
      int weight = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(4);
      int upper = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 0;
      ServerSpec spec =
          new ServerSpec(server, ForwardingMethod.DIRECT_ROUTE, weight, upper, 0, Tunnel.IPIP);
      if (world.services.find(key, server) == null) {
        world.director.addServer(key, spec);
      } else if (random.nextInt(3) > 0) {
        world.director.editServer(key, spec);
      } else {
        world.director.deleteServer(key, server);
      }
    }

    private void connect() {
      String client = "198.18.%d.%d".formatted(random.nextInt(2), 1 + random.nextInt(5));
      int port = 40000 + random.nextInt(6);
      int to = List.of(80, 443, 8000, 8001).get(random.nextInt(4));
      FlowQuery query = tcpTo(client, port, VIP, to);
      List<String> before = world.connectionLines();
      Explanation explanation = world.engine.explain(query);
      assertThat(world.engine.explain(query)).isEqualTo(explanation);
      assertThat(world.connectionLines()).isEqualTo(before);

      PacketBuilder packet = PacketBuilder.ip().ipv4(client, VIP).tcp(port, to);
      List<TestDirector.Sent> sent = world.receive(packet.but().syn());

      String where = explanation.toString();
      switch (explanation.outcome()) {
        case EXISTING, PERSISTENT, SCHEDULED, BYPASS -> {
          assertThat(sent).as(where).extracting(TestDirector.Sent::where).containsExactly("hop 2");
          Explanation.Way way = explanation.way().orElseThrow();
          assertThat(serverOf(client, port, to)).as(where).isEqualTo(way.server());
        }
        case NO_SERVER -> {
          // ICMP errors are limited in rate, so there may be none.
          assertThat(sent).as(where).allMatch(one -> one.where().equals("hop 1"));
        }
        case HOST ->
            assertThat(sent).as(where).extracting(TestDirector.Sent::where).containsExactly("host");
        case DROPPED -> assertThat(sent).as(where).isEmpty();
      }
      if (random.nextBoolean()) {
        world.receive(packet.but().ack());
      }
    }

    private ServerKey serverOf(String client, int port, int to) {
      ConnectionView found =
          world.listed().stream()
              .filter(view -> view.client().toString().equals(client))
              .filter(view -> view.clientPort() == port && view.virtualPort() == to)
              .findFirst()
              .orElseThrow();
      return new ServerKey(found.server(), found.serverPort());
    }
  }
}
