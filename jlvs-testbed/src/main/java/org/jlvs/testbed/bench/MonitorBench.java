package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jlvs.testbed.bench.WatchedDirector.Kind;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * How long from an event until the table says so: the original ldirectord and jlvs' own watch the
 * same nginx servers at the same time, each with a director of its own. Both check every second,
 * for at most a second.
 *
 * <pre>
 *   original 10.77.0.1 ─┐          ┌─ servers 10.77.1.1 …
 *   jlvs     10.77.0.2 ─┴─ bridge ─┴─ lone    10.77.2.1, whose link goes down
 * </pre>
 */
public final class MonitorBench {
  private static final int MANY = 200;
  private static final int HUNG = 20;

  private static final String VIRTUAL = "10.99.0.1:80";
  private static final String FALLBACK = "127.0.0.1:80";
  private static final String LONE = "10.77.2.1";
  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofSeconds(90);
  private static final Duration SETTLING = Duration.ofMillis(500);

  /**
   * Milliseconds from an event until the table said so, of each monitor in the same turns; {@link
   * #LONGEST} where it never did.
   *
   * @param few whether there were but three servers
   */
  public record Outcome(String event, boolean few, Map<Kind, Samples> millis) {
    /** How much later jlvs was than the original, turn by turn; negative where it was earlier. */
    Samples later() {
      List<Double> ours = times(Kind.JLVS).values();
      List<Double> original = times(Kind.ORIGINAL).values();
      return new Samples(
          IntStream.range(0, ours.size()).mapToObj(i -> ours.get(i) - original.get(i)).toList());
    }

    Samples times(Kind kind) {
      Samples samples = millis.get(kind);
      if (samples == null) {
        throw new IllegalStateException("not measured: " + kind);
      }
      return samples;
    }

    /** The median of jlvs' own. */
    public double ours() {
      return times(Kind.JLVS).median();
    }

    /** The median of the original's. */
    public double originals() {
      return times(Kind.ORIGINAL).median();
    }
  }

  private final Testbed testbed;
  private final Path home;
  private final int turns;
  private final PrintStream progress;
  private final Host network;
  private final Host servers;
  private final Host lone;
  private final Map<String, Background> running = new HashMap<>();
  private final Map<String, Map<Kind, List<Double>>> times = new LinkedHashMap<>();
  private final Set<String> fewServers = new HashSet<>();
  private List<WatchedDirector> watched = List.of();

  /**
   * @param home the folder of the {@code jlvs} launcher
   * @param turns of each event
   */
  public MonitorBench(Testbed testbed, Path home, int turns, PrintStream progress) {
    this.testbed = testbed;
    this.home = home;
    this.turns = turns;
    this.progress = progress;
    network = testbed.host("switch");
    testbed.bridge(network, "lan");
    servers = host("servers", "10.77.1.1/16");
    lone = host("lone", LONE + "/16");
  }

  private Host host(String name, String address) {
    Host host = testbed.host(name);
    testbed.plug(host, "eth0", network, "lan");
    return host.address("eth0", address);
  }

  /** Whether both monitors can run here; what is missing if not. */
  public static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!Files.isExecutable(WatchedDirector.ORIGINAL)) {
      missing.add("ldirectord");
    }
    if (!Testbed.isInstalled("nginx")) {
      missing.add("nginx-light");
    }
    return missing;
  }

  /** All events, with few servers and then with many. */
  public List<Outcome> run() throws IOException {
    begin();
    try {
      few(false);
      few(true);
      many(MANY, HUNG);
    } finally {
      end();
    }
    return outcomes();
  }

  /**
   * Only that some servers hang and one more ends meanwhile.
   *
   * @param count all servers
   */
  public Outcome runMany(int count, int hung) throws IOException {
    begin();
    try {
      many(count, hung);
    } finally {
      end();
    }
    return outcomes().getLast();
  }

  private void begin() throws IOException {
    Host original = host("original", "10.77.0.1/16");
    Host ours = host("jlvs", "10.77.0.2/16");
    watched =
        List.of(
            new WatchedDirector(original, Kind.ORIGINAL, home, testbed, "eth0", 1000),
            new WatchedDirector(ours, Kind.JLVS, home, testbed, "eth0", 1000));
    IntStream.rangeClosed(2, MANY).forEach(n -> servers.address("eth0", address(n) + "/16"));
  }

  private void end() throws IOException {
    for (WatchedDirector director : watched) {
      director.close();
    }
  }

  private List<Outcome> outcomes() {
    List<Outcome> outcomes = new ArrayList<>();
    times.forEach(
        (event, measured) -> {
          Map<Kind, Samples> samples = new EnumMap<>(Kind.class);
          measured.forEach((kind, millis) -> samples.put(kind, new Samples(millis)));
          outcomes.add(new Outcome(event, fewServers.contains(event), samples));
        });
    return outcomes;
  }

  private static String address(int server) {
    return "10.77.1." + server;
  }

  private static String real(String address) {
    return address + ":80";
  }

  // ---- few servers ----

  private void few(boolean quiescent) throws IOException {
    String how = quiescent ? ", quiescent" : "";
    String victim = real(address(1));
    String other = real(address(2));
    List<String> all = List.of(victim, other, real(LONE));
    for (int turn = 1; turn <= turns; turn++) {
      progress.printf("events with 3 servers%s: turn %d of %d%n", how, turn, turns);
      serve("victim", servers, 1, 1);
      serve("other", servers, 2, 2);
      serve("lone", lone, 0, 0);
      start("start" + how, all, quiescent);
      event("refused" + how, () -> stop("victim"), out(victim));
      event("recovery" + how, () -> serve("victim", servers, 1, 1), in(victim));
      event("hang" + how, () -> signal("victim", "STOP"), out(victim));
      event("recovery from hang" + how, () -> signal("victim", "CONT"), in(victim));
      event("wrong text" + how, () -> page("victim", "broken"), out(victim));
      event("right text again" + how, () -> page("victim", "alive"), in(victim));
      event("link down" + how, () -> link("down"), out(real(LONE)));
      event("link up" + how, () -> link("up"), in(real(LONE)));
      event(
          "all fail, fallback" + how,
          () -> List.of("victim", "other", "lone").forEach(this::stop),
          out(victim).and(out(other)).and(out(real(LONE))).and(in(FALLBACK)));
      event(
          "all come back" + how,
          () -> {
            serve("victim", servers, 1, 1);
            serve("other", servers, 2, 2);
            serve("lone", lone, 0, 0);
          },
          in(victim).and(in(other)).and(in(real(LONE))).and(out(FALLBACK)));
      stopMonitors();
      List.of("victim", "other", "lone").forEach(this::stop);
      fewServers.addAll(times.keySet());
    }
  }

  // ---- many servers ----

  /** The victim is the last of all: one who checks in turn has to pass those that hang. */
  private void many(int count, int hung) throws IOException {
    String victim = real(address(count));
    List<String> all = IntStream.rangeClosed(1, count).mapToObj(n -> real(address(n))).toList();
    serve("hung", servers, 1, hung);
    serve("many", servers, 1 + hung, count - 1);
    serve("victim", servers, count, count);
    start("start with %d servers".formatted(count), all, false);
    for (int turn = 1; turn <= turns; turn++) {
      progress.printf("%d of %d servers hang: turn %d of %d%n", hung, count, turn, turns);
      signal("hung", "STOP");
      Waiting.pause(SETTLING);
      event(
          "1 of %d refused while %d hang".formatted(count, hung),
          () -> stop("victim"),
          out(victim));
      signal("hung", "CONT");
      serve("victim", servers, count, count);
      await(in(victim).and(weights -> weights.size() == count));
    }
    stopMonitors();
    List.of("victim", "hung", "many").forEach(this::stop);
  }

  // ---- acts ----

  private interface Act {
    void perform() throws IOException;
  }

  private static Predicate<Map<String, Integer>> out(String server) {
    return weights -> weights.getOrDefault(server, 0) == 0;
  }

  private static Predicate<Map<String, Integer>> in(String server) {
    return weights -> weights.getOrDefault(server, 0) > 0;
  }

  private void start(String event, List<String> reals, boolean quiescent) throws IOException {
    for (WatchedDirector director : watched) {
      director.clear();
      Files.writeString(director.configuration(), configuration(reals, quiescent));
    }
    event(
        event,
        () -> watched.forEach(WatchedDirector::startMonitor),
        weights -> reals.stream().allMatch(real -> in(real).test(weights)));
    await(weights -> reals.stream().allMatch(real -> in(real).test(weights)));
  }

  private static String configuration(List<String> reals, boolean quiescent) {
    StringBuilder text = new StringBuilder("checktimeout=1\nnegotiatetimeout=1\ncheckinterval=1\n");
    text.append("quiescent=").append(quiescent ? "yes" : "no").append('\n');
    text.append("virtual=").append(VIRTUAL).append('\n');
    reals.forEach(real -> text.append("\treal=").append(real).append(" gate 1\n"));
    text.append("\tfallback=").append(FALLBACK).append(" gate\n");
    text.append("\tscheduler=rr\n\tprotocol=tcp\n\tservice=http\n");
    text.append("\trequest=\"alive.txt\"\n\treceive=\"alive\"\n");
    return text.toString();
  }

  private void stopMonitors() {
    watched.forEach(WatchedDirector::stopMonitor);
  }

  /** Performs it at a random moment of the interval, and waits for both tables. */
  private void event(String name, Act act, Predicate<Map<String, Integer>> expected)
      throws IOException {
    Waiting.pause(SETTLING.plusMillis(ThreadLocalRandom.current().nextInt(1000)));
    long begin = System.nanoTime();
    act.perform();
    // Threads of their own: with two processors the common pool would ask one after the other.
    Map<Kind, CompletableFuture<Double>> waiting = new EnumMap<>(Kind.class);
    for (WatchedDirector director : watched) {
      waiting.put(
          director.kind(),
          CompletableFuture.supplyAsync(
              () -> millisUntil(director, begin, expected), Thread::startVirtualThread));
    }
    waiting.forEach(
        (kind, millis) ->
            times
                .computeIfAbsent(name, _ -> new EnumMap<>(Kind.class))
                .computeIfAbsent(kind, _ -> new ArrayList<>())
                .add(millis.join()));
  }

  private void await(Predicate<Map<String, Integer>> expected) {
    watched.forEach(director -> millisUntil(director, System.nanoTime(), expected));
  }

  private static double millisUntil(
      WatchedDirector director, long begin, Predicate<Map<String, Integer>> expected) {
    try {
      return WatchedDirector.millisUntil(
          begin, LONGEST, PAUSE, () -> expected.test(director.weights(VIRTUAL)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one nginx for these servers, or for the lone one. */
  private void serve(String name, Host host, int first, int last) throws IOException {
    Path folder = Files.createDirectories(testbed.directory().resolve("nginx-" + name));
    page(name, "alive");
    StringBuilder listen = new StringBuilder();
    for (int server = first; server <= last; server++) {
      listen.append("listen ").append(server == 0 ? LONE : address(server)).append(":80; ");
    }
    Path configuration =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            pid %1$s/pid;
            error_log stderr;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              server { %2$s root %1$s; }
            }
            """
                .formatted(folder, listen));
    running.put(name, host.start("nginx", "-c", configuration.toString()));
  }

  private void page(String name, String text) throws IOException {
    Files.writeString(
        testbed.directory().resolve("nginx-" + name).resolve("alive.txt"), text + "\n");
  }

  private void stop(String name) {
    Background nginx = running.remove(name);
    if (nginx != null) {
      nginx.kill();
    }
  }

  private void signal(String name, String signal) {
    Background nginx = running.get(name);
    if (nginx != null) {
      servers.require("kill", "-" + signal, Long.toString(nginx.pid()));
    }
  }

  private void link(String state) {
    lone.require("ip", "link", "set", "eth0", state);
  }
}
