package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes a scenario of a seed: the same one each time. */
final class ScenarioGenerator {
  private static final List<Double> SHORT_SLEEPS = List.of(0.5, 1.0, 5.2, 6.5, 14.0);
  private static final List<Double> LONG_SLEEPS = List.of(24.0, 45.0, 52.0);

  private static final List<String> LISTINGS =
      List.of(
          "ipvsadm -Ln",
          "ipvsadm -Ln",
          "ipvsadm -Lnc",
          "ipvsadm -Ln --thresholds",
          "ipvsadm -Ln --persistent-conn",
          "ipvsadm -Lnc --persistent-conn",
          "ipvsadm -L --timeout",
          "ipvsadm -Sn");

  private final Random random;
  private final Configuration configuration;
  private final List<Step> steps = new ArrayList<>();
  private final Traffic traffic;

  private ScenarioGenerator(long seed) {
    // Neighbouring seeds make neighbouring first numbers unless they are scattered.
    random = new Random(seed * 0x9e3779b97f4a7c15L);
    configuration = new Configuration(random);
    traffic = new Traffic(random, configuration, steps);
  }

  static Scenario generate(long seed) {
    ScenarioGenerator generator = new ScenarioGenerator(seed);
    generator.generate();
    return new Scenario("seed-" + seed, "random scenario of seed " + seed, generator.steps);
  }

  private boolean chance(int percent) {
    return configuration.chance(percent);
  }

  private void commands(List<String> lines) {
    lines.forEach(line -> steps.add(new Step.Command(line)));
  }

  private void generate() {
    boolean ipv6 = chance(25);
    boolean both = chance(15);
    int services = 1 + (chance(40) ? 1 : 0) + (chance(20) ? 1 : 0);
    for (int i = 0; i < services; i++) {
      commands(configuration.newService(both ? chance(50) : ipv6));
    }
    while (chance(35)) {
      setting();
    }
    if (chance(30)) {
      steps.add(new Step.Command(configuration.newTimeouts()));
    }
    Timeline timeline = new Timeline();
    int bursts = 2 + random.nextInt(4);
    for (int i = 0; i < bursts; i++) {
      burst(ipv6);
      sleep(timeline);
    }
    burst(ipv6);
    steps.add(new Step.Connections());
    steps.add(new Step.Command("ipvsadm -Ln"));
    steps.add(new Step.Command("ipvsadm -Lnc"));
    if (configuration.countersAreExact() && timeline.mayFollow(Step.Statistics.WAIT_SECONDS)) {
      steps.add(new Step.Statistics());
    }
  }

  private void sleep(Timeline timeline) {
    double seconds = configuration.one(chance(88) ? SHORT_SLEEPS : LONG_SLEEPS);
    if (timeline.mayFollow(seconds)) {
      steps.add(new Step.Sleep(seconds));
      timeline.sleep(seconds);
      steps.add(new Step.Connections());
      if (seconds > Step.Statistics.WAIT_SECONDS && chance(15)) {
        steps.add(new Step.Command(configuration.zero()));
      }
    }
  }

  private void burst(boolean ipv6) {
    int actions = 4 + random.nextInt(16);
    for (int i = 0; i < actions; i++) {
      switch (random.nextInt(40)) {
        case 0, 1 -> commands(configuration.change(ipv6));
        case 2 -> {
          if (chance(30)) {
            setting();
          }
        }
        case 3 -> steps.add(new Step.Command(configuration.one(LISTINGS)));
        case 4, 5, 6, 7, 8 -> steps.add(new Step.Connections());
        default -> traffic.next();
      }
    }
  }

  private void setting() {
    record Choice(String name, List<String> values) {}
    Choice choice =
        configuration.one(
            List.of(
                new Choice("conn_reuse_mode", List.of("0", "1", "2", "3")),
                new Choice("expire_nodest_conn", List.of("0", "1")),
                new Choice("expire_quiescent_template", List.of("0", "1")),
                new Choice("nat_icmp_send", List.of("0", "1")),
                new Choice("pmtu_disc", List.of("0", "1")),
                new Choice("schedule_icmp", List.of("0", "1")),
                new Choice("sloppy_sctp", List.of("0", "1")),
                new Choice("secure_tcp", List.of("0", "3")),
                new Choice("sloppy_tcp", List.of("0", "1"))));
    steps.add(new Step.Setting("net.ipv4.vs." + choice.name, configuration.one(choice.values)));
  }
}
