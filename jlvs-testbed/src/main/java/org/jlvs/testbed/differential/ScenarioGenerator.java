package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.List;

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
          "ipvsadm -Ln --rate",
          "ipvsadm -Sn");

  /** Those of {@link Configuration#SECONDS}, so that nothing happens about their end. */
  private static final List<String> LOCALITY_SECONDS =
      Configuration.SECONDS.stream().map(String::valueOf).toList();

  private final Dice dice;
  private final Configuration configuration;
  private final List<Step> steps = new ArrayList<>();
  private final Timeline timeline = new Timeline();
  private final Specialty specialty;

  /** Whether packets have been sent. */
  private boolean begun;

  private ScenarioGenerator(long seed) {
    dice = new Dice(seed);
    specialty = Specialty.draw(dice);
    configuration = new Configuration(dice);
  }

  static Scenario generate(long seed) {
    ScenarioGenerator generator = new ScenarioGenerator(seed);
    generator.generate();
    String about = generator.specialty == Specialty.NONE ? "" : " (" + generator.specialty + ")";
    return new Scenario("seed-" + seed, "random scenario of seed " + seed + about, generator.steps);
  }

  private void commands(List<String> lines) {
    lines.forEach(line -> steps.add(new Step.Command(line)));
  }

  private void generate() {
    boolean ipv6 = dice.chance(25);
    boolean both = dice.chance(15);
    commands(configuration.newService(specialty, both ? dice.chance(50) : ipv6));
    // Where the kernel tracks connections, other services would be for other traffic.
    if (specialty != Specialty.FTP_MASQUERADED) {
      int others = (dice.chance(40) ? 1 : 0) + (dice.chance(20) ? 1 : 0);
      for (int i = 0; i < others; i++) {
        commands(configuration.newService(both ? dice.chance(50) : ipv6));
      }
    }
    if (specialty == Specialty.SHORTAGE) {
      shortage();
    }
    while (dice.chance(45)) {
      setting();
    }
    if (dice.chance(30)) {
      // A control connection that ends at the same time as one of its data connections lives on for
      // it or not, as the kernel's timers are rounded.
      steps.add(
          new Step.Command(
              specialty == Specialty.FTP_MASQUERADED
                  ? configuration.newLongTimeouts()
                  : configuration.newTimeouts()));
    }
    Wires wires = new Wires(steps);
    if (specialty != Specialty.FTP_MASQUERADED && dice.chance(20)) {
      // Below 1280 the kernel switches IPv6 off.
      wires.mtu(dice.chance(70) ? "eth1" : "eth0", dice.one(List.of(1280, 1300, 1380, 1400, 1480)));
    }
    TrafficSource traffic = Traffic.of(specialty, dice, configuration, wires);
    int bursts = 2 + dice.below(4);
    for (int i = 0; i < bursts; i++) {
      burst(traffic, ipv6);
      sleep();
    }
    burst(traffic, ipv6);
    steps.add(new Step.Connections());
    steps.add(new Step.Command("ipvsadm -Ln"));
    steps.add(new Step.Command("ipvsadm -Lnc"));
    if (configuration.countersAreExact() && timeline.mayFollow(Step.Statistics.WAIT_SECONDS)) {
      steps.add(new Step.Statistics());
    }
  }

  private void sleep() {
    double seconds = dice.one(dice.chance(88) ? SHORT_SLEEPS : LONG_SLEEPS);
    if (timeline.mayFollow(seconds)) {
      sleep(seconds);
      steps.add(new Step.Connections());
      if (seconds > Step.Statistics.WAIT_SECONDS && dice.chance(15)) {
        steps.add(new Step.Command(configuration.zero()));
      }
    }
  }

  private void sleep(double seconds) {
    steps.add(new Step.Sleep(seconds));
    timeline.sleep(seconds);
  }

  private void burst(TrafficSource traffic, boolean ipv6) {
    begun = true;
    int actions = 4 + dice.below(16);
    for (int i = 0; i < actions; i++) {
      switch (dice.below(40)) {
        case 0, 1 -> change(ipv6);
        case 2 -> {
          if (dice.chance(40)) {
            setting();
          }
        }
        case 3 ->
            steps.add(
                new Step.Command(dice.chance(85) ? dice.one(LISTINGS) : configuration.listing()));
        case 4, 5, 6, 7, 8 -> steps.add(new Step.Connections());
        default -> traffic.next();
      }
    }
  }

  private void change(boolean ipv6) {
    boolean gently = specialty == Specialty.FTP_MASQUERADED;
    commands(gently ? configuration.gentleChange() : configuration.change(ipv6));
  }

  /**
   * Drops packets from now on. The kernel looks at these settings once a second, at a moment of its
   * own, so time passes before the first packet.
   */
  private void shortage() {
    switch (dice.below(4)) {
      case 0 -> {
        set("amemthresh", "2000000000");
        set("drop_packet", dice.one(List.of("1", "2")));
      }
      case 1 -> {
        set("amemthresh", "2000000000");
        set("secure_tcp", dice.one(List.of("1", "2")));
      }
      default -> {
        set("am_droprate", dice.one(List.of("1", "2", "3", "10")));
        set("drop_packet", "3");
      }
    }
    sleep(Step.Statistics.WAIT_SECONDS);
  }

  private void set(String name, String value) {
    steps.add(new Step.Setting("net.ipv4.vs." + name, value));
  }

  private void setting() {
    record Choice(String name, List<String> values) {}
    List<String> offOrOn = List.of("0", "1");
    Choice choice =
        dice.one(
            List.of(
                new Choice("conn_reuse_mode", List.of("0", "1", "2", "3")),
                new Choice("expire_nodest_conn", offOrOn),
                new Choice("expire_quiescent_template", offOrOn),
                new Choice("nat_icmp_send", offOrOn),
                new Choice("pmtu_disc", offOrOn),
                new Choice("schedule_icmp", offOrOn),
                new Choice("sloppy_sctp", offOrOn),
                new Choice("secure_tcp", List.of("0", "3")),
                new Choice("sloppy_tcp", offOrOn),
                new Choice("cache_bypass", offOrOn),
                new Choice("snat_reroute", offOrOn),
                new Choice("ignore_tunneled", offOrOn),
                new Choice("lblc_expiration", LOCALITY_SECONDS),
                new Choice("lblcr_expiration", LOCALITY_SECONDS),
                new Choice("drop_entry", List.of("0", "1", "2"))));
    // What a shortage of memory does must not change when the kernel may be looking at it.
    boolean shown = specialty != Specialty.SHORTAGE || !choice.name.matches("secure_tcp|drop_.*");
    // A bypassing connection that another takes the place of, or none, lives on until a timer's
    // tick.
    boolean racing = begun && choice.name.equals("cache_bypass");
    // Of a tracked connection that ends so, tracking decides what becomes of the packet.
    boolean tracked =
        specialty == Specialty.FTP_MASQUERADED && choice.name.equals("expire_nodest_conn");
    if (shown && !racing && !tracked) {
      set(choice.name, dice.one(choice.values));
    }
  }
}
