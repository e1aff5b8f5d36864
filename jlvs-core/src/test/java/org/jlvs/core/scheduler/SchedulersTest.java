package org.jlvs.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What recorded sequences cannot show: chance, days that pass, and numbers out of the ordinary. */
class SchedulersTest {
  private static final ServiceKey KEY = new ServiceKey.Mark(1, Family.IPV4);

  private final ServiceTable table =
      new ServiceTable(10, new SplittableRandom(42), ProgramCounters.NONE);
  private final Flow flow = new Flow();

  @Test
  void everyNameMakesASchedulerOfThatName() {
    assertThat(Schedulers.names())
        .allSatisfy(
            name ->
                assertThat(Schedulers.create(name, new SplittableRandom(1), new Settings()).name())
                    .isEqualTo(name));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.create("nosuch", new SplittableRandom(1), new Settings()));
  }

  @Test
  void everySchedulerAnswersNobodyWithoutServersOrWeights() throws Exception {
    for (String name : Schedulers.names()) {
      service(name);
      assertThat(choose()).as(name).isNull();
      add(1, 0);
      add(2, 0);
      assertThat(choose()).as(name).isNull();
      table.deleteServer(KEY, key(2));
      table.deleteServer(KEY, key(1));
      assertThat(choose()).as(name).isNull();
      table.deleteService(KEY);
    }
  }

  @Test
  void everySchedulerPassesOverloadedServersOver() throws Exception {
    for (String name : Schedulers.names()) {
      service(name);
      add(1, 1, 1);
      RealServer server = find(1);
      server.activeConnections = 1;
      server.connectionBound();
      assertThat(choose()).as(name).isNull();
      server.activeConnections = 0;
      server.connectionUnbound();
      assertThat(choose()).as(name).isSameAs(name.equals("none") ? null : server);
      table.deleteService(KEY);
    }
  }

  @Test
  void noneTakesNoConnections() throws Exception {
    service("none");
    add(1, 5);
    assertThat(choose()).isNull();
  }

  // ---- wrr ----

  @Test
  @Timeout(10)
  void weightsOfBillionsDoNotKeepTheRotationBusy() throws Exception {
    service("wrr");
    add(1, Integer.MAX_VALUE, 1);
    add(2, 1);
    RealServer heavy = find(1);
    heavy.activeConnections = 1;
    heavy.connectionBound();
    for (int i = 0; i < 1000; i++) {
      assertThat(choose()).isSameAs(find(2));
    }
    find(2).inactiveConnections = 1;
    table.editServer(KEY, spec(2, 1, 1));
    find(2).connectionBound();
    assertThat(choose()).isNull();
    table.editServer(KEY, spec(1, Integer.MAX_VALUE, 0));
    assertThat(choose()).isSameAs(heavy);
  }

  // ---- twos ----

  @Test
  void twosDrawsServersByTheirWeights() throws Exception {
    service("twos");
    add(1, 100);
    add(2, 300);
    add(3, 0);
    int[] chosen = new int[4];
    for (int i = 0; i < 40_000; i++) {
      chosen[choose().number()]++;
    }
    // Idle servers stay with the first draw, so that the shares are those of the weights.
    assertThat(chosen[1]).isCloseTo(10_000, within(500));
    assertThat(chosen[2]).isCloseTo(30_000, within(500));
    assertThat(chosen[3]).isZero();
  }

  @Test
  void twosPrefersTheLessBusyOfItsTwoDraws() throws Exception {
    service("twos");
    add(1, 100);
    add(2, 100);
    find(1).activeConnections = 50;
    int busy = 0;
    for (int i = 0; i < 40_000; i++) {
      busy += choose() == find(1) ? 1 : 0;
    }
    // Only when both draws fall on it.
    assertThat(busy).isCloseTo(10_000, within(500));
  }

  @Test
  void twosDrawsWithAFractionOfTheSumOfWeightsAndOne() throws Exception {
    service("twos");
    add(1, 3);
    add(2, 0);
    add(3, 1);
    VirtualService service = table.find(KEY);
    // The list begins with the server added last; a number of 0 to 4 falls on it up to its weight.
    List<Integer> firstDraws = new ArrayList<>();
    for (int number = 0; number <= 4; number++) {
      long draw = fifths(number);
      firstDraws.add(new PowerOfTwoChoices(() -> draw).schedule(service, flow).number());
    }
    int light = find(3).number();
    int heavy = find(1).number();
    assertThat(firstDraws).containsExactly(light, light, heavy, heavy, heavy);
  }

  @Test
  void twosTakesTheSecondDrawWhenTheFirstIsBusierForItsWeight() throws Exception {
    service("twos");
    add(1, 3);
    add(3, 1);
    assertThat(drawLightThenHeavy()).isSameAs(find(3));
    busy(find(3), 1);
    busy(find(1), 3);
    assertThat(drawLightThenHeavy()).as("equally busy").isSameAs(find(3));
    busy(find(1), 2);
    assertThat(drawLightThenHeavy()).isSameAs(find(1));
  }

  private RealServer drawLightThenHeavy() {
    Iterator<Long> draws = List.of(fifths(0), fifths(4), 0L, 0L).iterator();
    VirtualService service = table.find(KEY);
    Scheduler twos = new PowerOfTwoChoices(draws::next);
    RealServer foreseen = twos.peek(service, flow);
    assertThat(twos.look(service, flow).server()).isSameAs(foreseen);
    assertThat(twos.schedule(service, flow)).isSameAs(foreseen);
    assertThat(draws.hasNext()).as("a choice draws for the next one").isFalse();
    return foreseen;
  }

  /** A random number that is so many fifths of all there are, and a little. */
  private static long fifths(int number) {
    return Long.divideUnsigned(-1, 5) * number + 1;
  }

  // ---- a restart ----

  @Test
  void aRestoredSchedulerGoesOnWhereTheFormerOneStood() throws Exception {
    for (String name : List.of("rr", "wrr")) {
      service(name);
      add(1, 3);
      add(2, 2);
      add(3, 1);
      for (int i = 0; i < 4; i++) {
        choose();
      }
      ServiceTable restored = new ServiceTable(100, new SplittableRandom(1), ProgramCounters.NONE);
      restored.restore(table.snapshot());
      VirtualService again = restored.find(KEY);
      for (int i = 0; i < 12; i++) {
        assertThat(again.scheduler().schedule(again, flow).key()).isEqualTo(choose().key());
      }
      table.deleteService(KEY);
    }
  }

  @Test
  void aRotationThatMakesNoSenseBeginsAnew() throws Exception {
    service("wrr");
    add(1, 3);
    Scheduler scheduler = table.find(KEY).scheduler();
    scheduler.resume(table.find(KEY), List.of(7, 1));
    scheduler.resume(table.find(KEY), List.of(0, 4));
    scheduler.resume(table.find(KEY), List.of());
    assertThat(choose()).isSameAs(find(1));
  }

  // ---- lblc ----

  @Test
  void lblcForgetsADestinationThatWasUnusedForADay() throws Exception {
    service("lblc");
    add(1, 1);
    add(2, 1);
    RealServer first = choose();
    assertThat(first.references()).isEqualTo(1);
    busy(first, 1);
    pass(Duration.ofHours(23));
    assertThat(choose()).isSameAs(first);
    pass(Duration.ofHours(25));
    RealServer second = choose();
    assertThat(second).isNotSameAs(first);
    assertThat(first.references()).isZero();
    assertThat(second.references()).isEqualTo(1);
  }

  @Test
  void lblcForgetsADestinationWithoutNewFlowsOnceItsSettingSaysSo() throws Exception {
    service("lblc");
    add(1, 1);
    RealServer server = choose();
    table.settings().set("lblc_expiration", "60");
    pass(Duration.ofMinutes(28));
    assertThat(server.references()).isEqualTo(1);
    pass(Duration.ofMinutes(3));
    assertThat(server.references()).isZero();
  }

  @Test
  void lblcLeavesAServerThatIsOverItsWeightWhileAnotherIdles() throws Exception {
    service("lblc");
    add(1, 4);
    add(2, 4);
    RealServer first = choose();
    RealServer other = first == find(1) ? find(2) : find(1);
    busy(first, 5);
    busy(other, 2);
    assertThat(choose()).isSameAs(first);
    busy(other, 1);
    assertThat(choose()).isSameAs(other);
  }

  @Test
  void lblcForgetsUnusedDestinationsEarlierWhenThereAreMany() throws Exception {
    service("lblc");
    add(1, 1);
    for (int i = 0; i < 20_000; i++) {
      flow.destination(Address.ipv4(i));
      choose();
    }
    assertThat(find(1).references()).isEqualTo(20_000);
    for (int minute = 0; minute < 20; minute++) {
      pass(Duration.ofMinutes(1));
      choose();
    }
    assertThat(find(1).references()).isLessThanOrEqualTo(16_384);
  }

  @Test
  void lblcGivesBackAllServersWithItsService() throws Exception {
    for (String name : List.of("lblc", "lblcr")) {
      service(name);
      add(1, 1);
      RealServer server = find(1);
      for (int i = 0; i < 100; i++) {
        flow.destination(Address.ipv4(i));
        choose();
      }
      assertThat(server.references()).isEqualTo(100);
      table.editService(spec("rr"));
      assertThat(server.references()).isZero();
      table.deleteService(KEY);
    }
  }

  // ---- lblcr ----

  @Test
  void lblcrDropsTheBusiestServerOfASetUnchangedForADay() throws Exception {
    service("lblcr");
    add(1, 1);
    add(2, 4);
    RealServer first = choose();
    assertThat(first).isSameAs(find(2));
    busy(first, 5);
    assertThat(choose()).isSameAs(find(1));
    assertThat(List.of(find(1).references(), find(2).references())).containsExactly(1, 1);
    for (int hour = 0; hour < 25; hour++) {
      pass(Duration.ofHours(1));
      choose();
    }
    assertThat(List.of(find(1).references(), find(2).references())).containsExactly(1, 0);
  }

  // ---- words of these tests ----

  private void service(String scheduler) throws DirectorException {
    table.addService(spec(scheduler));
  }

  private static ServiceSpec spec(String scheduler) {
    return new ServiceSpec(KEY, scheduler, 0, 0, 32, Optional.empty());
  }

  private void add(int server, int weight) throws DirectorException {
    add(server, weight, 0);
  }

  private void add(int server, int weight, int upperThreshold) throws DirectorException {
    table.addServer(KEY, spec(server, weight, upperThreshold));
  }

  private static ServerSpec spec(int server, int weight, int upperThreshold) {
    return new ServerSpec(
        key(server), ForwardingMethod.DIRECT_ROUTE, weight, upperThreshold, 0, Tunnel.IPIP);
  }

  private static ServerKey key(int server) {
    return new ServerKey(Address.of("10.1.0." + server), 80);
  }

  private RealServer find(int server) {
    Address address = key(server).address();
    return table.server(table.find(KEY), address.high(), address.low(), 80);
  }

  private RealServer choose() {
    VirtualService service = table.find(KEY);
    return service.scheduler().schedule(service, flow);
  }

  private static void busy(RealServer server, int activeConnections) {
    server.activeConnections = activeConnections;
  }

  private void pass(Duration time) {
    for (Duration left = time; left.isPositive(); left = left.minusSeconds(1)) {
      flow.now += TimeUnit.NANOSECONDS.convert(Duration.ofSeconds(1));
      table.advance(flow.now);
    }
  }
}
