package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.service.RealServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that come back and get their clients little by little. */
class SlowStartTest {
  private final TestDirector world = new TestDirector(4096);
  private final ServiceKey web = tcp(VIP, 80);
  private int clients;

  private void weigh(String address, int weight) throws DirectorException {
    world.director.editServer(web, server(address, 80, ForwardingMethod.DIRECT_ROUTE, weight));
  }

  private void twoServers(String scheduler) throws DirectorException {
    world.service(web, scheduler, 0);
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.changeSetting("jlvs.slow_start", 100);
    world.sleep(1000);
  }

  private RealServer server2() {
    return world.services.find(web, new ServerKey(Address.of(SERVER_2), 80));
  }

  /** How many of 100 new clients go to the second server. */
  private long of100() {
    Set<String> now = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      String client = "198.18.%d.%d".formatted(clients / 250, clients % 250);
      clients++;
      now.add(client);
      world.receive(PacketBuilder.ip().ipv4(client, VIP).tcp(40000, 80).syn());
      world.receive(PacketBuilder.ip().ipv4(client, VIP).tcp(40000, 80).ack());
    }
    return world.listed().stream()
        .filter(view -> view.server().toString().equals(SERVER_2))
        .filter(view -> now.contains(view.client().toString()))
        .count();
  }

  @Test
  void aServersShareGrowsInTenSteps() throws DirectorException {
    twoServers("rr");
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    List<Long> shares = new ArrayList<>();
    for (int step = 0; step < 11; step++) {
      shares.add(of100());
      world.sleep(10);
    }
    // A weight of n tenths next to one of 1: n / (10 + n) of all.
    assertThat(shares).containsExactly(9L, 16L, 24L, 28L, 33L, 38L, 41L, 45L, 47L, 50L, 50L);
    assertThat(server2().spec().weight()).as("what is listed and saved").isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"wrr", "lc", "wlc", "sed", "nq", "lblc", "lblcr", "fo", "ovf", "twos", "sh", "mh"})
  void itIsSlowUnderEveryScheduler(String scheduler) throws DirectorException {
    twoServers(scheduler);
    if (scheduler.equals("fo") || scheduler.equals("ovf")) {
      weigh(SERVER_1, 1000);
    }
    weigh(SERVER_2, 0);
    of100();
    weigh(SERVER_2, scheduler.equals("fo") || scheduler.equals("ovf") ? 2000 : 1);
    long atFirst = of100();
    assertThat(atFirst).isLessThanOrEqualTo(20);
    for (int i = 0; i < 10; i++) {
      world.sleep(10);
    }
    // lblc has moved the one destination back to the server that serves it.
    if (!scheduler.equals("lblc")) {
      assertThat(of100()).as("in the end").isGreaterThan(atFirst);
    }
  }

  @Test
  void underShAndMhAClientMovesOnceAndNobodyIsTurnedAway() throws DirectorException {
    for (String scheduler : List.of("sh", "mh")) {
      TestDirector one = new TestDirector(4096);
      one.service(web, scheduler, 0);
      one.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
      one.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
      one.director.changeSetting("jlvs.slow_start", 100);
      one.sleep(1000);
      one.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 0));
      one.director.editServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
      int[] moves = new int[50];
      String[] before = new String[50];
      for (int step = 0; step < 11; step++) {
        for (int client = 0; client < 50; client++) {
          String address = "198.18.0." + client;
          int port = 40000 + step;
          one.receive(PacketBuilder.ip().ipv4(address, VIP).tcp(port, 80).syn());
          String server =
              one.listed().stream()
                  .filter(view -> view.clientPort() == port)
                  .filter(view -> view.client().toString().equals(address))
                  .map(view -> view.server().toString())
                  .findFirst()
                  .orElseThrow();
          moves[client] += before[client] != null && !before[client].equals(server) ? 1 : 0;
          before[client] = server;
        }
        one.sleep(10);
      }
      assertThat(moves).contains(1).doesNotContain(2, 3, 4, 5);
    }
  }

  @Test
  void aServerThatIsAddedAgainStartsSlowly() throws DirectorException {
    twoServers("rr");
    world.director.deleteServer(web, new ServerKey(Address.of(SERVER_2), 80));
    world.sleep(600);
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    assertThat(of100()).isEqualTo(9);
  }

  @Test
  void serversOfANewServiceStartAtOnce() throws DirectorException {
    world.director.changeSetting("jlvs.slow_start", 100);
    world.service(web, ForwardingMethod.DIRECT_ROUTE, 80);
    assertThat(of100()).isEqualTo(50);
  }

  @Test
  void theFirstServerThatIsBackTakesEverything() throws DirectorException {
    twoServers("rr");
    weigh(SERVER_1, 0);
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    assertThat(of100()).isEqualTo(100);
  }

  @Test
  void itTakesEverythingWhenTheOthersGo() throws DirectorException {
    twoServers("rr");
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    weigh(SERVER_1, 0);
    assertThat(of100()).isEqualTo(100);
  }

  @Test
  void anotherWeightInBetweenDoesNotBeginAnew() throws DirectorException {
    twoServers("wrr");
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    world.sleep(55);
    weigh(SERVER_2, 3);
    assertThat(of100()).isGreaterThan(30);
    assertThat(server2().spec().weight()).isEqualTo(3);
  }

  @Test
  void withoutTheOptionItHasItsWholeWeightAtOnce() throws DirectorException {
    twoServers("rr");
    world.director.changeSetting("jlvs.slow_start", 0);
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    assertThat(of100()).isEqualTo(50);
  }

  @Test
  void aServiceMayStartItsServersOtherwiseThanTheDirectorDoes() throws DirectorException {
    twoServers("rr");
    slowStart(OptionalInt.of(0));
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    assertThat(of100()).isEqualTo(50);
    world.director.changeSetting("jlvs.slow_start", 0);
    slowStart(OptionalInt.of(100));
    weigh(SERVER_2, 0);
    weigh(SERVER_2, 1);
    assertThat(of100()).isEqualTo(9);
    world.sleep(101);
    assertThat(of100()).isEqualTo(50);
  }

  @Test
  void allServersOfANewServiceServeAtOnceWhateverIsSaidOfIt() throws DirectorException {
    world.service(web, "rr", 0);
    slowStart(OptionalInt.of(100));
    world.director.addServer(web, server(SERVER_1, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.director.addServer(web, server(SERVER_2, 80, ForwardingMethod.DIRECT_ROUTE, 1));
    world.sleep(1);
    assertThat(of100()).isEqualTo(50);
  }

  private void slowStart(OptionalInt seconds) throws DirectorException {
    world.director.servicePolicy(
        web, new ServicePolicy(Optional.empty(), OptionalInt.empty(), seconds));
  }
}
