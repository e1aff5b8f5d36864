package org.jlvs.testbed.bench;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jlvs.cli.ControlClient;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.bench.Traffic.Endpoint;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * How long commands take, from the start of a process to its end, as a script that calls them sees
 * it: the original ipvsadm as far as it goes without the kernel's IPVS, and jlvs' own, in turns; a
 * table of 10,000 services with 10 servers each; and a listing of a million connections, with what
 * memory it takes on both sides and how long others wait for the engine meanwhile.
 */
final class CommandsBench {
  /**
   * How long a command took.
   *
   * @param target at most so many milliseconds; empty where nothing is asked
   */
  record Outcome(String name, Optional<Integer> target, Samples milliseconds) {}

  /**
   * What listing the connections took.
   *
   * @param connections how many lines were listed
   * @param clientKilobytes the most memory the command's process had
   * @param directorBefore resident memory of the director, in kilobytes
   * @param directorAfter the same after the listing
   * @param longestWaitMillis of another command's question to the engine meanwhile
   */
  record Streaming(
      long connections,
      double seconds,
      long clientKilobytes,
      long directorBefore,
      long directorAfter,
      double longestWaitMillis) {}

  /** All that was measured. */
  record Measured(List<Outcome> commands, List<Outcome> table, Streaming connections) {}

  static final int SERVICES = 10_000;
  static final int SERVERS_EACH = 10;

  /** Java heap of the command that lists connections, in megabytes. */
  static final int CLIENT_HEAP = 32;

  private static final Path ORIGINAL = Path.of("/usr/sbin/ipvsadm");
  private static final int ROUNDS = 15;
  private static final int TABLE_ROUNDS = 5;
  private static final int TARGET_MILLIS = 100;
  private static final int RESTORE_MILLIS = 2000;
  private static final int LIST_MILLIS = 1000;
  private static final Duration READY = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofMinutes(2);

  /** As many as the director's rings take. */
  private static final int OPENED_AT_ONCE = 1024;

  private static final Duration BETWEEN_OPENINGS = Duration.ofMillis(2);

  /**
   * TCP flags of the packets that open a connection. The first ones are sent twice: some get lost.
   */
  private static final List<Integer> OPENING =
      List.of(PacketBuilder.SYN, PacketBuilder.SYN, PacketBuilder.ACK);

  private final Testbed testbed;
  private final Path home;
  private final Path prefix;
  private final int connections;
  private final PrintStream progress;

  /**
   * @param home the folder of the {@code jlvs} launcher, which installs what is measured
   * @param connections how many to list
   */
  CommandsBench(Testbed testbed, Path home, int connections, PrintStream progress) {
    this.testbed = testbed;
    this.home = home.toAbsolutePath();
    this.prefix = testbed.directory().resolve("installed");
    this.connections = connections;
    this.progress = progress;
  }

  /** Measures everything. */
  Measured run() throws Exception {
    install();
    try (Traffic traffic = Traffic.load()) {
      Host sender = testbed.host("sender");
      Lane lane = Lane.build(testbed, 0, sender, testbed.host("receiver"), traffic.receiver());
      Background director =
          lane.director()
              .start(
                  prefix.resolve("bin/jlvs").toString(),
                  "director",
                  "--interface",
                  lane.entering() + "," + lane.leaving(),
                  "--servers",
                  Integer.toString(2 * SERVICES * SERVERS_EACH),
                  "--connections",
                  Integer.toString(2 * connections));
      if (!director.awaitLine("ready", READY)) {
        throw new IllegalStateException(
            "the director was not ready; it printed: " + director.output());
      }
      List<Outcome> commands = commands(lane.director());
      List<Outcome> table = table(lane.director());
      Streaming streaming = connections(traffic, sender, lane, director.pid());
      return new Measured(commands, table, streaming);
    }
  }

  private void install() {
    Command.Result result =
        Command.run(
            List.of(home.resolve("jlvs").toString(), "install", "--prefix", prefix.toString()),
            LONGEST);
    if (!result.ok()) {
      throw new IllegalStateException("jlvs could not be installed: " + result.err().strip());
    }
  }

  // ---- single commands ----

  private List<Outcome> commands(Host host) throws Exception {
    Map<String, List<String>> contenders = new LinkedHashMap<>();
    boolean original =
        Files.isExecutable(ORIGINAL) && !ORIGINAL.toRealPath().getFileName().endsWith("jlvs");
    if (original) {
      contenders.put("original ipvsadm -v", List.of(ORIGINAL.toString(), "-v"));
      contenders.put("original ipvsadm -h", List.of(ORIGINAL.toString(), "-h"));
    }
    String service = "192.0.2.1:80";
    jlvs(contenders, "-v");
    jlvs(contenders, "-h");
    jlvs(contenders, "-A", "-t", service, "-s", "wrr");
    jlvs(contenders, "-a", "-t", service, "-r", "198.51.100.1:80", "-g");
    jlvs(contenders, "-e", "-t", service, "-r", "198.51.100.1:80", "-g", "-w", "5");
    jlvs(contenders, "-Ln");
    jlvs(contenders, "-Ln", "--stats");
    jlvs(contenders, "-Sn");
    jlvs(contenders, "-D", "-t", service);
    Map<String, List<Double>> times = new LinkedHashMap<>();
    // The first round fills the host's caches.
    for (int round = 0; round <= ROUNDS; round++) {
      for (Map.Entry<String, List<String>> contender : contenders.entrySet()) {
        double took = time(host, contender.getValue(), Optional.empty());
        if (round > 0) {
          times.computeIfAbsent(contender.getKey(), name -> new ArrayList<>()).add(took);
        }
      }
      progress.printf("commands: round %d of %d%n", round, ROUNDS);
    }
    List<Outcome> outcomes = new ArrayList<>();
    times.forEach(
        (name, values) ->
            outcomes.add(
                new Outcome(
                    name,
                    name.startsWith("jlvs") ? Optional.of(TARGET_MILLIS) : Optional.empty(),
                    new Samples(values))));
    return outcomes;
  }

  private void jlvs(Map<String, List<String>> contenders, String... arguments) {
    String shown = arguments.length == 2 ? String.join(" ", arguments) : arguments[0];
    contenders.put("jlvs ipvsadm " + shown, command(arguments));
  }

  private List<String> command(String... arguments) {
    List<String> words = new ArrayList<>(List.of(prefix.resolve("sbin/ipvsadm").toString()));
    words.addAll(List.of(arguments));
    return words;
  }

  /** Milliseconds from the start of a command in a host's namespace to its end. */
  private double time(Host host, List<String> command, Optional<Path> input) throws Exception {
    Path output = testbed.directory().resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(input.map(Path::toFile).orElse(new File("/dev/null")))
            .redirectOutput(output.toFile())
            .redirectError(testbed.directory().resolve("errors").toFile());
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(
          () -> {
            long begin = System.nanoTime();
            Process process = builder.start();
            if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
              process.destroyForcibly();
              throw new IllegalStateException(command + " took more than " + LONGEST);
            }
            double took = (System.nanoTime() - begin) / 1e6;
            // The original may end with a complaint about a kernel without IPVS.
            if (process.exitValue() != 0 && !command.getFirst().equals(ORIGINAL.toString())) {
              throw new IllegalStateException(
                  command + ": " + Files.readString(testbed.directory().resolve("errors")).strip());
            }
            return took;
          });
    }
  }

  // ---- a large table ----

  private List<Outcome> table(Host host) throws Exception {
    Path rules = testbed.directory().resolve("rules");
    Files.write(rules, rules());
    List<Double> restore = new ArrayList<>();
    List<Double> list = new ArrayList<>();
    List<Double> save = new ArrayList<>();
    for (int round = 1; round <= TABLE_ROUNDS; round++) {
      double _ = time(host, command("-C"), Optional.empty());
      restore.add(time(host, command("-R"), Optional.of(rules)));
      list.add(time(host, command("-Ln"), Optional.empty()));
      save.add(time(host, command("-Sn"), Optional.empty()));
      long lines = lines(testbed.directory().resolve("output"));
      if (lines != SERVICES * (1 + SERVERS_EACH)) {
        throw new IllegalStateException("ipvsadm -Sn printed " + lines + " lines");
      }
      progress.printf("a large table: round %d of %d%n", round, TABLE_ROUNDS);
    }
    return List.of(
        new Outcome("jlvs ipvsadm -R", Optional.of(RESTORE_MILLIS), new Samples(restore)),
        new Outcome("jlvs ipvsadm -Ln", Optional.of(LIST_MILLIS), new Samples(list)),
        new Outcome("jlvs ipvsadm -Sn", Optional.of(LIST_MILLIS), new Samples(save)));
  }

  private static List<String> rules() {
    List<String> rules = new ArrayList<>();
    for (int service = 0; service < SERVICES; service++) {
      String virtual = "100.64.%d.%d:80".formatted(service / 250, 1 + service % 250);
      rules.add("-A -t " + virtual + " -s wrr");
      for (int server = 1; server <= SERVERS_EACH; server++) {
        rules.add(
            "-a -t %s -r 10.9.%d.%d:80 -g -w %d"
                .formatted(virtual, server, 1 + service % 250, server));
      }
    }
    return rules;
  }

  private static long lines(Path file) throws IOException {
    try (var lines = Files.lines(file, StandardCharsets.US_ASCII)) {
      return lines.count();
    }
  }

  // ---- many connections ----

  private Streaming connections(Traffic traffic, Host sender, Lane lane, long pid)
      throws Exception {
    Host host = lane.director();
    Endpoint virtual = new Endpoint(lane.virtualAddress(100), 80);
    host.address(lane.entering(), virtual.address() + "/32");
    double _ = time(host, command("-C"), Optional.empty());
    double _ = time(host, command("-A", "-t", virtual.toString(), "-s", "rr"), Optional.empty());
    double _ =
        time(
            host,
            command("-a", "-t", virtual.toString(), "-r", lane.server(), "-g"),
            Optional.empty());
    progress.println("opening " + connections + " connections");
    Traffic.Stream stream = lane.stream(virtual, virtual);
    try (Traffic.Sender source = traffic.sender();
        NetworkNamespace namespace = NetworkNamespace.named(sender.namespace())) {
      for (int flags : OPENING) {
        traffic.set(stream, connections, flags);
        namespace.run(
            () -> {
              for (int sent = 0; sent < connections; sent += OPENED_AT_ONCE) {
                source.send(Math.min(OPENED_AT_ONCE, connections - sent));
                Waiting.pause(BETWEEN_OPENINGS);
              }
              return sender;
            });
      }
    }
    return list(host, pid);
  }

  private Streaming list(Host host, long pid) throws Exception {
    Path output = testbed.directory().resolve("output");
    List<String> words =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + CLIENT_HEAP + "m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "org.jlvs.cli.Main",
            "ipvsadm",
            "-Lnc");
    long before = new ProcessFigures(pid).kilobytes("VmRSS");
    long begin = System.nanoTime();
    Process listing;
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      listing =
          namespace.run(
              () ->
                  new ProcessBuilder(words)
                      .redirectOutput(output.toFile())
                      .redirectError(ProcessBuilder.Redirect.INHERIT)
                      .start());
    }
    long most = 0;
    double longestWait = 0;
    try (ControlClient client = new ControlClient(host.controlSocket())) {
      while (listing.isAlive()) {
        long asked = System.nanoTime();
        var _ = client.run("ipvsadm", List.of("-L", "--timeout"), Optional.empty());
        longestWait = Math.max(longestWait, (System.nanoTime() - asked) / 1e6);
        most = Math.max(most, new ProcessFigures(listing.pid()).kilobytes("VmHWM"));
        Waiting.pause(BETWEEN_OPENINGS);
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (listing.exitValue() != 0) {
      throw new IllegalStateException("ipvsadm -Lnc ended with " + listing.exitValue());
    }
    long headings = 2;
    return new Streaming(
        lines(output) - headings,
        seconds,
        most,
        before,
        new ProcessFigures(pid).kilobytes("VmRSS"),
        longestWait);
  }
}
