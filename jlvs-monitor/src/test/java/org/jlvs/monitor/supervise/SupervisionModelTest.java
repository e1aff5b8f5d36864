package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.table.TableChange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A week of random failures, maintenance, reloads, cleared tables and times without a director, in
 * fast motion on a whole director with clients, against a model that says what the table must hold
 * after every event. The model knows the rules of the manual and nothing of the supervision.
 */
final class SupervisionModelTest {
  /** What has to happen in a week for the test to mean something, by the log's words. */
  private static final List<String> KINDS =
      List.of(
          "Added real",
          "Deleted real",
          "Quiescent real",
          "Restored real",
          "Draining",
          "Drained",
          "Added fallback",
          "Deleted fallback",
          "Purged real",
          "Soft failure",
          "Rising",
          "Flapping",
          "Taken out",
          "Cannot bring");

  private static final int SERVERS = 5;
  private static final int FALLBACK = 9;
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Instant BEGIN = Instant.parse("2026-11-16T00:00:00Z");
  private static final Address VIP = Address.of("10.0.0.100");
  private static final ServiceKey SERVICE = new ServiceKey.Endpoint(Protocol.TCP, VIP, 80);

  /** What an operator expects of one server. */
  private static final class Expected {
    enum State {
      UNKNOWN,
      UP,
      DOWN,
      MAINTENANCE
    }

    boolean configured = true;
    int weight = 1;
    State state = State.UNKNOWN;
    boolean answered;
    int bad;
    int good;

    /** Whether it is really dead, and whether its operator has taken it out. */
    boolean dead;

    boolean maintained;

    void forget() {
      state = State.UNKNOWN;
      answered = false;
      bad = 0;
      good = 0;
    }
  }

  /** What the table is expected to hold of a server. */
  private static final class Entry {
    int weight;

    /** When it was quiesced on purpose; null when it was not. */
    Instant quiesced;

    Entry(int weight) {
      this.weight = weight;
    }
  }

  private final SimulatedDirector director = new SimulatedDirector(BEGIN);
  private final LoggedEffects effects = new LoggedEffects();
  private final Supervision supervision = new Supervision(director, effects);
  private final Expected[] expected = new Expected[SERVERS + 1];
  private final TreeMap<Integer, Entry> entries = new TreeMap<>();
  private final Set<Integer> leftDead = new HashSet<>();
  private boolean quiescent;
  private boolean fallback = true;
  private int failureCount = 1;
  private int riseCount = 1;
  private int drainSeconds;

  /** How often a server that drains was seen to wait for its clients. */
  private int waits;

  private int lastChanged = 1;
  private Random random = new Random(0);

  private static String address(int server) {
    return "10.0.0." + server;
  }

  private static ServerId id(int server) {
    return new ServerId(SERVICE, new ServerKey(Address.of(address(server)), 80));
  }

  private void load() throws Exception {
    StringBuilder text = new StringBuilder();
    // Otherwise what the table has of a dead server depends on who has taken it out before.
    text.append("readdquiescent=yes\nquiescent=").append(quiescent ? "yes" : "no").append('\n');
    text.append("failurecount=").append(failureCount).append('\n');
    text.append("risecount=").append(riseCount).append('\n');
    text.append("draintimeout=").append(drainSeconds).append('\n');
    text.append("virtual=10.0.0.100:80\n");
    text.append(fallback ? "\tfallback=" + address(FALLBACK) + "\n" : "");
    for (int i = 1; i <= SERVERS; i++) {
      if (expected[i].configured) {
        text.append("\treal=").append(address(i)).append(":80 gate ").append(expected[i].weight);
        text.append('\n');
      }
    }
    try {
      supervision.load(ConfigurationParser.parse(text.toString(), new TestNames()), director.now());
    } catch (ConfigurationException impossible) {
      throw new AssertionError(text.toString(), impossible);
    }
    settle();
  }

  // ---- the model ----

  private boolean allAnswered() {
    for (Expected server : expected) {
      if (server != null && server.configured && !server.answered) {
        return false;
      }
    }
    return true;
  }

  private boolean someUp() {
    for (Expected server : expected) {
      if (server != null && server.configured && server.answered && isUp(server)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUp(Expected server) {
    return server.state == Expected.State.UP;
  }

  /** What the table must be once the supervision has put it in order. */
  private void settle() {
    Instant now = director.now();
    boolean drains = drainSeconds > 0;
    for (int i = 1; i <= SERVERS; i++) {
      Expected server = expected[i];
      if (!server.configured || !server.answered) {
        continue;
      }
      Entry entry = entries.get(i);
      switch (server.state) {
        case UNKNOWN -> throw new IllegalStateException("answered, but unknown");
        case UP -> entries.put(i, new Entry(server.weight));
        case DOWN -> {
          if (quiescent) {
            entries.put(i, new Entry(0));
          } else {
            entries.remove(i);
          }
        }
        case MAINTENANCE -> {
          if (drains || quiescent) {
            if (entry != null && entry.weight > 0) {
              entry.weight = 0;
              entry.quiesced = now;
            } else if (entry == null && !drains) {
              entries.put(i, new Entry(0));
            }
          } else {
            entries.remove(i);
          }
        }
      }
    }
    if (fallback && allAnswered() && !someUp()) {
      entries.put(FALLBACK, new Entry(1));
    } else if (fallback && someUp()) {
      entries.remove(FALLBACK);
    }
    if (allAnswered()) {
      for (int i : List.copyOf(entries.keySet())) {
        boolean known = i == FALLBACK ? fallback : expected[i].configured;
        Entry entry = entries.get(i);
        if (known) {
          continue;
        }
        if (drains && entry.weight > 0 && !leftDead.contains(i)) {
          entry.weight = 0;
          entry.quiesced = now;
        } else if (!drains || leftDead.contains(i) || entry.quiesced == null) {
          entries.remove(i);
        }
      }
    }
  }

  /** Servers that drain leave with their last client, or when their time is over. */
  private void drain() {
    Set<String> busy = director.serversWithConnections();
    for (int i : List.copyOf(entries.keySet())) {
      Entry entry = entries.get(i);
      if (drainSeconds > 0 && entry.quiesced != null) {
        long seconds = Duration.between(entry.quiesced, director.now()).toSeconds();
        if (!busy.contains(address(i)) || seconds >= drainSeconds) {
          entries.remove(i);
        } else {
          waits++;
        }
      }
    }
  }

  private String modelledTable() {
    List<String> servers = new ArrayList<>();
    entries.forEach((server, entry) -> servers.add(address(server) + "=" + entry.weight));
    return "10.0.0.100:80 " + String.join(" ", servers);
  }

  private void look(int number) {
    Expected server = expected[number];
    boolean good = !server.dead && random.nextInt(40) > 0;
    Finding finding =
        server.maintained
            ? new Finding.Maintained("maintenance", director.now())
            : new Finding.Checked(
                good ? Outcome.up("good") : Outcome.down("bad"), director.now(), Duration.ZERO);
    supervision.found(id(number), finding);
    if (!server.configured) {
      return;
    }
    boolean first = !server.answered;
    server.answered = true;
    if (server.maintained) {
      server.state = Expected.State.MAINTENANCE;
      server.bad = 0;
      server.good = 0;
    } else if (good) {
      server.good++;
      if (isUp(server) || first || server.good >= riseCount) {
        server.state = Expected.State.UP;
        server.bad = 0;
        server.good = 0;
      }
    } else {
      server.good = 0;
      server.bad++;
      if (!isUp(server) || server.bad >= failureCount) {
        server.state = Expected.State.DOWN;
      }
    }
  }

  // ---- events ----

  private void change() throws Exception {
    // Often one that was changed just before, while it still drains.
    int number = random.nextBoolean() ? lastChanged : 1 + random.nextInt(SERVERS);
    lastChanged = number;
    Expected server = expected[number];
    switch (random.nextInt(8)) {
      case 0 -> server.weight = 1 + random.nextInt(5);
      case 1, 2 -> {
        server.configured = !server.configured;
        leftDead.remove(number);
        if (server.configured) {
          Entry entry = entries.get(number);
          server.forget();
          if (entry != null && entry.weight > 0) {
            server.state = Expected.State.UP;
          }
        } else if (server.state == Expected.State.DOWN) {
          leftDead.add(number);
        }
      }
      case 3 -> quiescent = !quiescent;
      case 4 -> failureCount = 1 + random.nextInt(3);
      case 5 -> riseCount = 1 + random.nextInt(3);
      case 6 -> fallback = !fallback;
      default -> drainSeconds = random.nextInt(3) == 0 ? 0 : 300 + random.nextInt(1200);
    }
    load();
  }

  private void worldChanges() {
    for (int i = 1; i <= SERVERS; i++) {
      Expected server = expected[i];
      if (random.nextInt(server.dead ? 15 : 180) == 0) {
        server.dead = !server.dead;
      }
      if (random.nextInt(server.maintained ? 5 : 100) == 0) {
        server.maintained = !server.maintained;
      }
    }
    for (int clients = random.nextInt(8); clients > 0; clients--) {
      director.connect(VIP, 80);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aWeekOfFailuresEndsAsTheModelSays(long seed) throws Exception {
    random = new Random(seed);
    quiescent = random.nextBoolean();
    drainSeconds = random.nextBoolean() ? 600 : 0;
    director.make(
        new TableChange.AddService(new ServiceSpec(SERVICE, "wrr", 0, 0, 32, Optional.empty())));
    for (int i = 1; i <= SERVERS; i++) {
      expected[i] = new Expected();
      if (random.nextInt(3) == 0) {
        int weight = random.nextInt(3);
        director.make(new TableChange.AddServer(SERVICE, spec(i, weight)));
        entries.put(i, new Entry(weight));
        expected[i].state = weight > 0 ? Expected.State.UP : Expected.State.UNKNOWN;
      }
    }
    load();
    check(seed, "the start");
    int compared = 0;
    while (Duration.between(BEGIN, director.now()).compareTo(WEEK) < 0) {
      director.sleep(Duration.ofMillis(120_000 - random.nextInt(12_000)));
      drain();
      check(seed, "a pause");
      worldChanges();
      for (int i = 1; i <= SERVERS; i++) {
        look(i);
        settle();
        check(seed, "a look at " + i);
        compared++;
      }
      supervision.tick(director.now());
      switch (random.nextInt(60)) {
        case 0, 1, 2, 3, 4, 5, 6, 7 -> change();
        case 8 -> {
          director.clear();
          entries.clear();
          supervision.tick(director.now());
          settle();
        }
        case 9 -> {
          director.outOfReach = true;
          for (int looks = random.nextInt(12); looks > 0; looks--) {
            look(1 + random.nextInt(SERVERS));
          }
          supervision.tick(director.now());
          director.outOfReach = false;
          supervision.tick(director.now());
          settle();
        }
        default -> {}
      }
      check(seed, "a turn");
    }
    assertThat(compared).isGreaterThan(25_000);
    assertThat(waits).as("seed %d", seed).isPositive();
    for (String kind : KINDS) {
      assertThat(effects.lines).as("seed %d", seed).anyMatch(line -> line.startsWith(kind));
    }
  }

  private static ServerSpec spec(int server, int weight) {
    return new ServerSpec(
        id(server).server(), ForwardingMethod.DIRECT_ROUTE, weight, 0, 0, Tunnel.IPIP);
  }

  private void check(long seed, String event) {
    if (!director.text().equals(modelledTable())) {
      assertThat(director.text())
          .as(
              "seed %d, after %s at %s; the log ended so:\n%s",
              seed,
              event,
              director.now(),
              String.join(
                  "\n",
                  effects.lines.subList(
                      Math.max(0, effects.lines.size() - 20), effects.lines.size())))
          .isEqualTo(modelledTable());
    }
  }
}
