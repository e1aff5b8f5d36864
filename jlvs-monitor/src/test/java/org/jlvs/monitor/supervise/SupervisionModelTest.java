package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random failures, recoveries, reloads, restarts of the director and times without it, against a
 * model that says in a few lines what the table must then hold.
 */
final class SupervisionModelTest {
  private static final int SERVERS = 4;
  private static final ServiceKey SERVICE =
      new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80);

  /** What an operator expects of one server. */
  private static final class Expected {
    boolean configured = true;
    boolean answered;
    boolean up;
    int failures;
    int weight = 1;
  }

  private Instant now = Instant.EPOCH;
  private final CoreTable table = new CoreTable();
  private final Supervision supervision =
      new Supervision(
          table,
          new Effects() {
            @Override
            public void log(String line) {}

            @Override
            public void tell(ServerEvent event) {}

            @Override
            public void run(OperatorCommand command) {}
          });
  private final Expected[] expected = new Expected[SERVERS];
  private boolean quiescent;
  private int failureCount;

  private void load() throws Exception {
    StringBuilder text = new StringBuilder();
    text.append("quiescent=").append(quiescent ? "yes" : "no").append('\n');
    text.append("failurecount=").append(failureCount).append('\n');
    text.append("virtual=10.0.0.100:80\n\tfallback=10.0.0.9\n");
    for (int i = 0; i < SERVERS; i++) {
      if (expected[i].configured) {
        text.append("\treal=10.0.0.").append(i + 1).append(":80 gate ").append(expected[i].weight);
        text.append('\n');
      }
    }
    try {
      supervision.load(ConfigurationParser.parse(text.toString(), new TestNames()), now);
    } catch (ConfigurationException impossible) {
      throw new AssertionError(text.toString(), impossible);
    }
  }

  private void check(int server, boolean up) {
    now = now.plusSeconds(1);
    supervision.found(
        new ServerId(SERVICE, new ServerKey(Address.of("10.0.0." + (server + 1)), 80)),
        new Finding.Checked(up ? Outcome.up("") : Outcome.down(""), now, Duration.ZERO));
    Expected model = expected[server];
    if (!model.configured) {
      return;
    }
    boolean first = !model.answered;
    model.answered = true;
    model.failures = up ? 0 : model.failures + 1;
    if (up) {
      model.up = true;
    } else if ((first && !model.up) || model.failures >= failureCount) {
      model.up = false;
    }
  }

  private String modelledTable() {
    List<Expected> configured = Arrays.stream(expected).filter(e -> e.configured).toList();
    boolean allAnswered = configured.stream().allMatch(e -> e.answered);
    boolean someUp = configured.stream().anyMatch(e -> e.up);
    List<String> servers = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      Expected model = expected[i];
      if (model.configured && model.answered && (model.up || quiescent)) {
        servers.add("10.0.0." + (i + 1) + ":80=" + (model.up ? model.weight : 0));
      }
    }
    if (allAnswered && !someUp) {
      servers.add("10.0.0.9:80=1");
    }
    return "10.0.0.100:80 wrr"
        + servers.stream().map(server -> " " + server).collect(Collectors.joining());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theTableEndsAsTheModelSays(long seed) throws Exception {
    Random random = new Random(seed);
    quiescent = random.nextBoolean();
    failureCount = 1 + random.nextInt(3);
    for (int i = 0; i < SERVERS; i++) {
      expected[i] = new Expected();
    }
    load();
    for (int i = 0; i < SERVERS; i++) {
      check(i, random.nextBoolean());
    }
    for (int step = 0; step < 2_000; step++) {
      int server = random.nextInt(SERVERS);
      switch (random.nextInt(100)) {
        case 0 -> {
          expected[server].weight = 1 + random.nextInt(5);
          load();
        }
        case 1 -> {
          Expected replaced = new Expected();
          replaced.configured = !expected[server].configured;
          expected[server] = replaced;
          load();
          if (replaced.configured) {
            check(server, random.nextBoolean());
          }
        }
        case 2 -> {
          table.services.flush();
          supervision.tick(now);
        }
        case 3 -> {
          table.outOfReach = true;
          for (int i = random.nextInt(6); i > 0; i--) {
            check(random.nextInt(SERVERS), random.nextBoolean());
          }
          supervision.tick(now);
          table.outOfReach = false;
          supervision.tick(now);
        }
        default -> check(server, random.nextInt(3) > 0);
      }
      assertThat(table.text()).as("seed %d, step %d", seed, step).isEqualTo(modelledTable());
    }
  }
}
