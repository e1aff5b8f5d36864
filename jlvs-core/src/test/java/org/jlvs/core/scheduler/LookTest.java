package org.jlvs.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a scheduler says it would choose is what it then chooses, in thousands of random states. */
class LookTest {
  private static final int SEEDS = 20;
  private static final int STEPS = 300;
  private static final int SERVERS = 6;

  private static final class World {
    final Random random;
    final ServiceTable table;
    final ServiceSpec spec;
    final List<RealServer> active = new ArrayList<>();
    final List<RealServer> inactive = new ArrayList<>();
    final Flow flow = new Flow();

    World(String scheduler, long seed) throws DirectorException {
      random = new Random(seed);
      table = new ServiceTable(100, new Random(seed), ProgramCounters.NONE);
      int flags =
          random.nextInt(4) * ServiceSpec.SCHEDULER_FLAG_1; // fallback, port, both or none of them
      ServiceKey key = new ServiceKey.Mark(1, Family.IPV4);
      spec = new ServiceSpec(key, scheduler, flags, 0, 32, Optional.empty());
      table.addService(spec);
    }

    void change() throws DirectorException {
      int number = random.nextInt(SERVERS);
      ServerKey key = new ServerKey(Address.of("10.1.0." + (1 + number)), 80);
      int upper = random.nextInt(4) == 0 ? 1 + random.nextInt(6) : 0;
      int weight = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(4);
      ServerSpec server =
          new ServerSpec(key, ForwardingMethod.DIRECT_ROUTE, weight, upper, 0, Tunnel.IPIP);
      boolean there =
          table.find(spec.key()).servers().stream().anyMatch(one -> one.key().equals(key));
      if (!there) {
        table.addServer(spec.key(), server);
      } else if (random.nextBoolean()) {
        table.editServer(spec.key(), server);
      } else {
        table.deleteServer(spec.key(), key);
      }
    }

    void end(boolean close) {
      List<RealServer> from = close ? inactive : active;
      if (from.isEmpty()) {
        return;
      }
      RealServer server = from.remove(random.nextInt(from.size()));
      if (close) {
        server.inactiveConnections--;
        server.connectionUnbound();
        server.release();
      } else {
        server.activeConnections--;
        server.inactiveConnections++;
        inactive.add(server);
      }
    }

    void connect() {
      flow.protocol = Protocol.TCP.number();
      flow.source(Address.of("198.18.0." + random.nextInt(200)));
      flow.sourcePort = 1024 + random.nextInt(1000);
      flow.destination(Address.of("10.0.0." + (100 + random.nextInt(5))));
      flow.destinationPort = 80;
      flow.now += 1_000_000;
      VirtualService service = table.find(spec.key());
      service.servers().forEach(server -> server.holdBack(random.nextInt(5) == 0));

      Choice look = service.scheduler().look(service, flow);
      Choice again = service.scheduler().look(service, flow);
      RealServer peeked = service.scheduler().peek(service, flow);
      RealServer chosen = service.scheduler().schedule(service, flow);

      assertThat(look).isEqualTo(again);
      assertThat(peeked).isSameAs(chosen);
      assertThat(look.server()).as(look.toString()).isSameAs(chosen);
      assertThat(look.reason()).isNotEmpty();
      assertThat(look.candidates())
          .extracting(Choice.Candidate::server)
          .containsExactlyElementsOf(service.servers());
      assertThat(look.candidates())
          .allSatisfy(
              candidate ->
                  assertThat(candidate.verdict().equals("chosen"))
                      .isEqualTo(candidate.server() == chosen));
      assertThat(look.candidates()).noneMatch(candidate -> candidate.verdict().isEmpty());
      if (chosen != null) {
        chosen.retain();
        chosen.activeConnections++;
        chosen.connectionBound();
        active.add(chosen);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.jlvs.core.scheduler.Schedulers#names")
  void whatIsLookedAtIsWhatIsChosen(String scheduler) throws DirectorException {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(scheduler, seed);
      for (int step = 0; step < STEPS; step++) {
        switch (world.random.nextInt(8)) {
          case 0 -> world.change();
          case 1, 2 -> world.end(false);
          case 3, 4 -> world.end(true);
          default -> world.connect();
        }
      }
    }
  }
}
