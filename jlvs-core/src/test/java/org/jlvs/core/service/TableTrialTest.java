package org.jlvs.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trial refuses what the table would refuse, in the same words, and changes nothing. */
class TableTrialTest {
  private final ServiceTable table =
      new ServiceTable(1000, new Random(1), number -> Statistics.ZERO);

  private interface Call {
    void run() throws DirectorException;
  }

  private static String answer(Call call) {
    try {
      call.run();
      return "taken";
    } catch (DirectorException e) {
      return e.errno() + " " + e.getMessage();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aTrialAnswersAsTheTableDoes(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 150; round++) {
      TableSnapshot before = table.snapshot();
      TableTrial trial = new TableTrial(table);
      List<Call> calls = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = random.nextInt(12); i >= 0; i--) {
        expected.add(tryOne(random, trial, calls));
      }
      assertThat(table.snapshot()).isEqualTo(before);
      assertThat(calls.stream().map(TableTrialTest::answer)).isEqualTo(expected);
    }
  }

  private String tryOne(Random random, TableTrial trial, List<Call> calls) {
    ServiceKey key = TestSpecs.tcp("10.0.0." + random.nextInt(4), 80);
    ServiceSpec spec = TestSpecs.service(key, random.nextInt(9) == 0 ? "none" : "rr");
    String address = random.nextInt(9) == 0 ? "224.0.0.1" : "10.1.0." + (1 + random.nextInt(3));
    ServerSpec server = TestSpecs.server(address, 80, random.nextInt(9) - 1);
    return switch (random.nextInt(14)) {
      case 0, 1 -> both(() -> trial.addService(spec), calls, () -> table.addService(spec));
      case 2 -> both(() -> trial.editService(spec), calls, () -> table.editService(spec));
      case 3 -> both(() -> trial.deleteService(key), calls, () -> table.deleteService(key));
      case 4, 5, 6, 7, 8 ->
          both(() -> trial.addServer(key, server), calls, () -> table.addServer(key, server));
      case 9, 10 ->
          both(() -> trial.editServer(key, server), calls, () -> table.editServer(key, server));
      case 11, 12 ->
          both(
              () -> trial.deleteServer(key, server.key()),
              calls,
              () -> table.deleteServer(key, server.key()));
      default ->
          random.nextInt(4) == 0
              ? both(trial::flush, calls, table::flush)
              : both(() -> trial.zero(key), calls, () -> table.zero(key));
    };
  }

  private static String both(Call trial, List<Call> calls, Call real) {
    calls.add(real);
    return answer(trial);
  }

  @Test
  void aFullTableRefusesInATrialToo() throws DirectorException {
    ServiceTable small = new ServiceTable(2, new Random(1), number -> Statistics.ZERO);
    ServiceKey key = TestSpecs.tcp("10.0.0.1", 80);
    small.addService(TestSpecs.service(key, "rr"));
    small.addServer(key, TestSpecs.server("10.1.0.1", 80, 1));
    small.addServer(key, TestSpecs.server("10.1.0.2", 80, 1));
    small.deleteServer(key, TestSpecs.at("10.1.0.2", 80));
    TableTrial trial = new TableTrial(small);

    assertThat(answer(() -> trial.addServer(key, TestSpecs.server("10.1.0.3", 80, 1))))
        .isEqualTo("taken");
    assertThat(answer(() -> trial.addServer(key, TestSpecs.server("10.1.0.4", 80, 1))))
        .contains("all 2 server numbers are in use");
  }
}
