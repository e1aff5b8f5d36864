package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jlvs.testbed.bench.WatchedDirector.Kind;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * What it costs to check thousands of servers by HTTP every second, how soon one that goes is out
 * of the table at that scale, and what it takes when all go at once; the original beside it at a
 * size it can do.
 */
final class ChecksBench {
  static final int SERVERS_EACH = 100;

  /** Servers that the original is given. */
  static final int ORIGINALS_SERVERS = 100;

  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(2);
  private static final Duration BETWEEN_LISTINGS = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int REMOVAL_ROUNDS = 20;
  private static final int REMOVED_AT_ONCE = 10;
  private static final int SOAK_FAILURES_A_SECOND = 20;

  /**
   * A monitor at work.
   *
   * @param servers that it checks
   * @param seconds for how long it was watched
   * @param checks that the servers answered meanwhile
   * @param late of them, more than a tenth of the interval late
   * @param longestMillis between two checks of one server
   * @param processorSeconds of the monitor's process, with ended children's; then of the servers'
   *     and of the director's
   * @param residentKilobytes of the monitor's process
   */
  record Work(
      String monitor,
      int servers,
      double seconds,
      long checks,
      long late,
      long longestMillis,
      double processorSeconds,
      double serversProcessorSeconds,
      double directorProcessorSeconds,
      long residentKilobytes) {}

  /**
   * All servers do the same at once.
   *
   * @param batches of changes that the director was given
   * @param changes in them
   */
  record Mass(String event, double seconds, long batches, long changes) {}

  /** Resident memory of the monitor after so many minutes of random failures. */
  record Memory(double minutes, long kilobytes, int failures) {}

  /**
   * Everything.
   *
   * @param removals milliseconds from the end of a server until the table says so
   */
  record Measured(
      double startSeconds,
      Work work,
      Samples removals,
      List<Mass> masses,
      List<Memory> soak,
      Optional<Work> original,
      double load) {}

  private final Testbed testbed;
  private final Path home;
  private final int servers;
  private final int soakMinutes;
  private final PrintStream progress;
  private final Random random = new Random(1);

  /**
   * @param servers how many, a multiple of {@link #SERVERS_EACH}
   * @param soakMinutes of random failures; 0 for none
   */
  ChecksBench(Testbed testbed, Path home, int servers, int soakMinutes, PrintStream progress) {
    this.testbed = testbed;
    this.home = home;
    this.servers = servers;
    this.soakMinutes = soakMinutes;
    this.progress = progress;
  }

  Measured run() throws Exception {
    Host host = host("jlvs");
    try (ServerFarm farm = ServerFarm.start(host, servers);
        WatchedDirector director = director(host, Kind.JLVS)) {
      double start = start(director, servers);
      Work work = watch(director, farm, servers);
      Samples removals = removals(director, farm);
      List<Mass> masses =
          List.of(allGo(director, farm), allComeBack(director, farm), oneIsEdited(director));
      List<Memory> soak = soak(director, farm);
      director.stopMonitor();
      return new Measured(start, work, removals, masses, soak, original(), Processor.load());
    }
  }

  private Optional<Work> original() throws Exception {
    if (!Files.isExecutable(WatchedDirector.ORIGINAL)) {
      return Optional.empty();
    }
    Host host = host("original");
    try (ServerFarm farm = ServerFarm.start(host, ORIGINALS_SERVERS);
        WatchedDirector director = director(host, Kind.ORIGINAL)) {
      double _ = start(director, ORIGINALS_SERVERS);
      return Optional.of(watch(director, farm, ORIGINALS_SERVERS));
    }
  }

  private Host host(String name) {
    Host host = testbed.host(name);
    host.require("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "far0");
    host.require("ip", "link", "set", "eth0", "up");
    host.require("ip", "link", "set", "far0", "up");
    return host;
  }

  private WatchedDirector director(Host host, Kind kind) throws IOException {
    return new WatchedDirector(host, kind, home, testbed, "eth0", 2 * servers);
  }

  private double start(WatchedDirector director, int count) throws IOException {
    progress.println(director.kind().words() + ": start with " + count + " servers");
    Files.writeString(director.configuration(), configuration(count, 1));
    long begin = System.nanoTime();
    director.startMonitor();
    double millis =
        WatchedDirector.millisUntil(
            begin, START, BETWEEN_LISTINGS, () -> director.servers() == count);
    if (director.servers() != count) {
      throw new IllegalStateException(
          director.kind().words()
              + " did not get all servers up; the last it said: "
              + director.lastWords());
    }
    return millis / 1e3;
  }

  /**
   * @param weight of the first server; the others have 1
   */
  private static String configuration(int count, int weight) {
    StringBuilder text =
        new StringBuilder(
            "checktimeout=1\nnegotiatetimeout=1\ncheckinterval=1\nquiescent=no\nautoreload=no\n");
    for (int server = 0; server < count; server++) {
      if (server % SERVERS_EACH == 0) {
        text.append("virtual=").append(virtual(server / SERVERS_EACH)).append('\n');
        text.append("\tscheduler=wrr\n\tprotocol=tcp\n\tservice=http\n\trequest=\"alive.txt\"\n");
        text.append("\treceive=\"alive\"\n");
      }
      text.append("\treal=%s masq %d\n".formatted(real(server), server == 0 ? weight : 1));
    }
    return text.toString();
  }

  private static String virtual(int service) {
    return "10.20.0.%d:80".formatted(1 + service);
  }

  private static String real(int server) {
    return CheckedServers.address(server) + ":" + ServerFarm.PORT;
  }

  private static String virtualOf(int server) {
    return virtual(server / SERVERS_EACH);
  }

  private Work watch(WatchedDirector director, ServerFarm farm, int count) throws IOException {
    progress.println(director.kind().words() + ": checks of " + count + " servers");
    Waiting.pause(WARM_UP);
    ServerFarm.Counts before = farm.count();
    double monitor = director.monitorFigures().processorSeconds();
    double serving = farm.figures().processorSeconds();
    double directing = director.directorFigures().processorSeconds();
    long begin = System.nanoTime();
    Waiting.pause(MEASURED);
    ServerFarm.Counts after = farm.count();
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Work(
        director.kind().words(),
        count,
        seconds,
        after.answered() - before.answered(),
        after.late(),
        after.longestMillis(),
        director.monitorFigures().processorSeconds() - monitor,
        farm.figures().processorSeconds() - serving,
        director.directorFigures().processorSeconds() - directing,
        director.monitorFigures().kilobytes("VmRSS"));
  }

  /** Some servers end at once, of different services; each is waited for. */
  private Samples removals(WatchedDirector director, ServerFarm farm) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (int round = 0; round < REMOVAL_ROUNDS; round++) {
      progress.printf("servers go: round %d of %d%n", round + 1, REMOVAL_ROUNDS);
      Map<Integer, Long> gone = new LinkedHashMap<>();
      while (gone.size() < REMOVED_AT_ONCE) {
        int server = random.nextInt(servers);
        if (!gone.containsKey(server)) {
          gone.put(server, System.nanoTime());
          farm.shut(server, server + 1);
        }
      }
      List<Integer> closed = List.copyOf(gone.keySet());
      long limit = System.nanoTime() + LONGEST.toNanos();
      while (!gone.isEmpty() && System.nanoTime() < limit) {
        for (Map.Entry<Integer, Long> one : List.copyOf(gone.entrySet())) {
          int server = one.getKey();
          if (!director.weights(virtualOf(server)).containsKey(real(server))) {
            millis.add((System.nanoTime() - one.getValue()) / 1e6);
            gone.remove(server);
          }
        }
        Waiting.pause(PAUSE);
      }
      gone.forEach((_, _) -> millis.add((double) LONGEST.toMillis()));
      for (int server : closed) {
        farm.open(server, server + 1);
      }
      double _ =
          WatchedDirector.millisUntil(
              System.nanoTime(), LONGEST, BETWEEN_LISTINGS, () -> director.servers() == servers);
    }
    return new Samples(millis);
  }

  private Mass allGo(WatchedDirector director, ServerFarm farm) throws IOException {
    return mass(director, "all servers go", 0, () -> farm.shut(0, servers));
  }

  private Mass allComeBack(WatchedDirector director, ServerFarm farm) throws IOException {
    return mass(director, "all come back", servers, () -> farm.open(0, servers));
  }

  @FunctionalInterface
  private interface Act {
    void perform() throws IOException;
  }

  private Mass mass(WatchedDirector director, String event, int expected, Act act)
      throws IOException {
    progress.println(event);
    long[] before = director.changes();
    long begin = System.nanoTime();
    act.perform();
    double millis =
        WatchedDirector.millisUntil(
            begin, START, BETWEEN_LISTINGS, () -> director.servers() == expected);
    return change(director, event, millis, before);
  }

  private static Mass change(WatchedDirector director, String event, double millis, long[] before)
      throws IOException {
    // Whatever was still to be changed would show in the counts, too.
    Waiting.pause(Duration.ofSeconds(2));
    long[] after = director.changes();
    return new Mass(event, millis / 1e3, after[0] - before[0], after[1] - before[1]);
  }

  private Mass oneIsEdited(WatchedDirector director) throws IOException {
    String event = "a reload in which one weight differs";
    progress.println(event);
    int weight = 7;
    Files.writeString(director.configuration(), configuration(servers, weight));
    long[] before = director.changes();
    long begin = System.nanoTime();
    director.reload();
    double millis =
        WatchedDirector.millisUntil(
            begin,
            START,
            PAUSE,
            () -> Integer.valueOf(weight).equals(director.weights(virtualOf(0)).get(real(0))));
    return change(director, event, millis, before);
  }

  /** Random servers end and come back; memory is looked at each minute. */
  private List<Memory> soak(WatchedDirector director, ServerFarm farm) throws IOException {
    List<Memory> memory = new ArrayList<>();
    boolean[] shut = new boolean[servers];
    int failures = 0;
    long begin = System.nanoTime();
    for (int second = 0; second <= soakMinutes * 60; second++) {
      if (second % 60 == 0 && soakMinutes > 0) {
        long kilobytes = director.monitorFigures().kilobytes("VmRSS");
        memory.add(new Memory(second / 60.0, kilobytes, failures));
        progress.printf("after %d min and %d failures: %d kB%n", second / 60, failures, kilobytes);
      }
      for (int i = 0; i < SOAK_FAILURES_A_SECOND && soakMinutes > 0; i++) {
        int server = random.nextInt(servers);
        shut[server] = !shut[server];
        if (shut[server]) {
          farm.shut(server, server + 1);
          failures++;
        } else {
          farm.open(server, server + 1);
        }
      }
      long next = begin + (second + 1) * 1_000_000_000L;
      Waiting.pause(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
    }
    return memory;
  }
}
