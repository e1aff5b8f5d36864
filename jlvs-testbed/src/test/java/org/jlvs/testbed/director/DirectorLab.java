package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jlvs.cli.ControlClient;
import org.jlvs.testbed.differential.UserModeLinux;
import org.jlvs.testbed.dropin.KernelIpvsadm;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * The network of the director's system tests, with a director that runs as a process of its own.
 *
 * <pre>
 *   client 10.0.0.10 ───────┐
 *                           ├── public 10.0.0.0/24 ── eth0 10.0.0.1, 10.0.0.100 director
 *   dr1, dr2 10.0.0.11, .12 ┘                         eth1 192.168.0.1
 *   (10.0.0.100 on lo)                                  │
 *   nat1, nat2 192.168.0.11, .12 ── private 192.168.0.0/24
 * </pre>
 */
final class DirectorLab implements AutoCloseable {
  static final String VIP = "10.0.0.100";

  /** Enough for a JVM on a busy machine; nothing waits that long when all is well. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Of a script with a hundred commands, each a JVM. */
  private static final Duration LONGEST_SCRIPT = Duration.ofMinutes(3);

  private static final String PURPOSE = "jlvs-e2e-";
  private static final String PUBLIC = "public";
  private static final String PRIVATE = "private";

  private final Testbed testbed;
  private final Host networks;
  private final Host client;
  private final Host director;
  private final Map<String, WebServer> webServers = new HashMap<>();
  private int errorFiles;

  /**
   * Files that the director sees in /etc in the place of the machine's; none in an empty folder.
   */
  private Optional<Path> etc = Optional.empty();

  private DirectorLab(Testbed testbed) {
    this.testbed = testbed;
    networks = testbed.host("switch");
    testbed.bridge(networks, PUBLIC);
    testbed.bridge(networks, PRIVATE);
    client = testbed.host("client");
    plugPublic(client, "eth0");
    client.address("eth0", "10.0.0.10/24");
    director = testbed.host("director");
    plugPublic(director, "eth0");
    plugPrivate(director, "eth1");
    director.address("eth0", "10.0.0.1/24").address("eth0", VIP + "/32");
    director.address("eth1", "192.168.0.1/24").sysctl("net.ipv4.ip_forward", "1");
    client.require("ip", "route", "add", "192.168.0.0/24", "via", "10.0.0.1");
  }

  /** Builds the network, or skips the test, saying what this machine lacks. */
  static DirectorLab create(String purpose) {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    assumeTrue(Testbed.isInstalled("curl"), "curl is not installed");
    Testbed.removeLeftovers(PURPOSE + purpose, false);
    return new DirectorLab(Testbed.create(PURPOSE + purpose));
  }

  /**
   * A lab whose director knows names as the original ipvsadm does in user-mode Linux, which it is
   * to be compared with.
   */
  static DirectorLab besideOriginal(String purpose) throws IOException {
    Optional<String> missing = UserModeLinux.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    DirectorLab lab = create(purpose);
    Path etc = Files.createDirectory(lab.directory().resolve("etc"));
    KernelIpvsadm.writeNames(etc);
    lab.etc(etc);
    return lab;
  }

  Host client() {
    return client;
  }

  Host director() {
    return director;
  }

  Path directory() {
    return testbed.directory();
  }

  /** Adds a host without any interface. */
  Host host(String name) {
    return testbed.host(name);
  }

  /** Plugs a new interface of a host into the clients' network. */
  void plugPublic(Host host, String networkInterface) {
    testbed.plug(host, networkInterface, networks, PUBLIC);
  }

  /** Plugs a new interface of a host into the network behind the director. */
  void plugPrivate(Host host, String networkInterface) {
    testbed.plug(host, networkInterface, networks, PRIVATE);
  }

  /** Lets packets come to the director as on a wire: finished, and no longer than the MTU. */
  void withoutOffloadsAtTheDirector() {
    networks.withoutOffloads(director.name() + "-eth0");
    networks.withoutOffloads(director.name() + "-eth1");
  }

  /** Joins two hosts by interfaces of their own. */
  void connect(Host first, String firstInterface, Host second, String secondInterface) {
    testbed.connect(first, firstInterface, second, secondInterface);
  }

  /** Adds a host behind the director, which is its gateway. */
  Host hostBehind(String name, String address) {
    Host host = testbed.host(name);
    plugPrivate(host, "eth0");
    return host.address("eth0", address + "/24").defaultRoute("192.168.0.1");
  }

  /** Adds a host on a new interface of the director, by which it reaches everything. */
  Host neighbour(String name, String directorsInterface, String directors, String own) {
    Host host = testbed.host(name);
    testbed.connect(host, "eth0", director, directorsInterface);
    // Starts NAPI, without which veth drops what a native XDP program sends to it.
    host.require("ethtool", "-K", "eth0", "gro", "on");
    director.address(directorsInterface, directors);
    return host.address("eth0", own).defaultRoute(directors.substring(0, directors.indexOf('/')));
  }

  /** Adds the server {@code dr1} or {@code dr2}, with a web server on port 80. */
  Host directServer(int number) throws Exception {
    Host host = testbed.host("dr" + number);
    plugPublic(host, "eth0");
    host.sysctl("net.ipv4.conf.all.arp_ignore", "1").sysctl("net.ipv4.conf.all.arp_announce", "2");
    host.address("lo", VIP + "/32").address("eth0", directAddress(number) + "/24");
    host.require("ip", "route", "add", "192.168.0.0/24", "via", "10.0.0.1");
    startWebServer(host);
    return host;
  }

  /** Adds the server {@code nat1} or {@code nat2}, with a web server on port 80. */
  Host masqueradedServer(int number) throws Exception {
    Host host = hostBehind("nat" + number, masqueradedAddress(number));
    startWebServer(host);
    return host;
  }

  static String directAddress(int number) {
    return "10.0.0.1" + number;
  }

  static String masqueradedAddress(int number) {
    return "192.168.0.1" + number;
  }

  /** Starts a web server that answers with the host's name, and {@code /bytes/N} with a pattern. */
  WebServer startWebServer(Host host) throws Exception {
    WebServer server = WebServer.start(host);
    webServers.put(host.name(), server);
    return server;
  }

  void stopWebServer(Host host) {
    WebServer server = webServers.remove(host.name());
    if (server != null) {
      server.close();
    }
  }

  /** A director's process. */
  record Director(Background process, Path errors) {
    /** Its process id. */
    long pid() {
      return process.pid();
    }

    /** What it has printed on standard error. */
    String complaints() {
      try {
        return Files.readString(errors);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Starts a director on eth0 and eth1 and waits until it serves. */
  Director startDirector(String... options) {
    List<String> words = new ArrayList<>(List.of("--interface", "eth0,eth1"));
    words.addAll(Arrays.asList(options));
    return startDirectorOn(words.toArray(String[]::new));
  }

  /** Starts a director with these options alone and waits until it serves. */
  Director startDirectorOn(String... options) {
    Director started = launchDirector(options);
    assertThat(started.process().awaitLine("ready", PATIENCE))
        .as(
            "the director is ready; it printed: %s%s",
            started.process().output(), started.complaints())
        .isTrue();
    return started;
  }

  /** Starts a director without waiting. */
  Director launchDirector(String... options) {
    Path errors = directory().resolve("director-" + ++errorFiles + ".err");
    String script = bindEtc() + "exec \"$@\" 2>\"$0\"";
    List<String> words = new ArrayList<>(List.of("sh", "-c", script, errors.toString()));
    words.addAll(serverCommand("director"));
    words.addAll(Arrays.asList(options));
    return new Director(director.start(words.toArray(String[]::new)), errors);
  }

  /** Lets directors that are launched from now on see these files in /etc. */
  void etc(Path folder) {
    etc = Optional.of(folder);
  }

  /** A shell's commands for that, in the mount namespace that {@code ip netns exec} gives. */
  private String bindEtc() {
    return etc.map(
            folder ->
                "for f in %s/*; do mount --bind $f /etc/${f##*/} || exit 1; done; "
                    .formatted(folder))
        .orElse("");
  }

  /** The words that run a command of jlvs-server. */
  static List<String> serverCommand(String command) {
    return List.of(
        java(),
        "--enable-native-access=ALL-UNNAMED",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        "org.jlvs.server.Main",
        command);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Runs a director that is not expected to serve, to its end. */
  Command.Result runDirector(String... options) {
    List<String> words = new ArrayList<>(serverCommand("director"));
    words.addAll(Arrays.asList(options));
    return director.run(PATIENCE, words.toArray(String[]::new));
  }

  /** Runs a command of the command line as a process, as an operator does. */
  Command.Result type(String... words) {
    return typeWithInput("", words);
  }

  /** As {@link #type}, with this on the command's standard input. */
  Command.Result typeWithInput(String input, String... words) {
    List<String> command = new ArrayList<>(clientCommand());
    command.addAll(Arrays.asList(words));
    return director.runWithInput(input, command.toArray(String[]::new));
  }

  /**
   * Writes programs that do what the installed ones do.
   *
   * @param programs such as {@code ipvsadm}
   * @return the originals' places, with what is to stand there
   */
  Map<Path, Path> originalsReplaced(List<String> programs) throws IOException {
    String client =
        clientCommand().stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    Map<Path, Path> replaced = new HashMap<>();
    for (String program : programs) {
      Path file = directory().resolve(program);
      Files.writeString(file, "#!/bin/sh\nexec %s %s \"$@\"\n".formatted(client, program));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
      replaced.put(Path.of("/usr/sbin", program), file);
    }
    return replaced;
  }

  /** Runs a command on the director's host that sees files in the place of others. */
  Command.Result onDirectorWith(Map<Path, Path> replaced, List<String> words) {
    StringBuilder script = new StringBuilder();
    replaced.forEach(
        (place, file) -> script.append("mount --bind %s %s || exit 1; ".formatted(file, place)));
    List<String> command = new ArrayList<>(List.of("sh", "-c", script + "exec \"$@\"", "sh"));
    command.addAll(words);
    return director.run(LONGEST_SCRIPT, command.toArray(String[]::new));
  }

  /**
   * As {@link #type}.
   *
   * @param before a program, with its arguments, that runs the command's process in its own way
   */
  Command.Result typeAs(List<String> before, String... words) {
    List<String> command = new ArrayList<>(before);
    command.addAll(clientCommand());
    command.addAll(Arrays.asList(words));
    return director.run(PATIENCE, command.toArray(String[]::new));
  }

  /** The words that run the command line; the command's name and its arguments follow. */
  static List<String> clientCommand() {
    return List.of(
        java(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-cp",
        System.getProperty("java.class.path"),
        "org.jlvs.cli.Main");
  }

  /** The director's control socket. */
  Path controlSocket() throws IOException {
    return director.controlSocket();
  }

  /** Sends a command to the director and returns what it prints; the command has to succeed. */
  String command(String line) throws IOException {
    ControlClient.Result result = tell(line, Optional.empty());
    assertThat(result.exitCode()).as("%s: %s", line, result.err()).isZero();
    return result.out();
  }

  /** Loads a table in the form of {@code ipvsadm -S}, in one. */
  void restore(String... lines) throws IOException {
    ControlClient.Result result = tell("ipvsadm -R", Optional.of(String.join("\n", lines) + "\n"));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
  }

  private ControlClient.Result tell(String line, Optional<String> input) throws IOException {
    List<String> words = List.of(line.split(" "));
    try (ControlClient connection = new ControlClient(controlSocket())) {
      return connection.run(words.getFirst(), words.subList(1, words.size()), input);
    }
  }

  /** How many packets the kernel program has sent up so far. */
  long packetsThroughJava() throws IOException {
    Matcher received =
        Pattern.compile("packets through Java: (\\d+) received").matcher(command("status"));
    assertThat(received.find()).isTrue();
    return Long.parseLong(received.group(1));
  }

  /** What the client's curl gets, without the end of line; empty when it gets nothing in time. */
  String get(String url, String... options) {
    List<String> words = new ArrayList<>(List.of("curl", "-s", "-m", "2"));
    words.addAll(Arrays.asList(options));
    words.add(url);
    return client.run(words.toArray(String[]::new)).out().strip();
  }

  /** The answers to as many requests. */
  List<String> gets(int count, String url, String... options) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(get(url, options));
    }
    return answers;
  }

  /** Waits for an answer. */
  void awaitAnswer(String url, String answer, Duration limit) {
    assertThat(Waiting.until(limit, () -> get(url).equals(answer)))
        .as("%s is answered by '%s'", url, answer)
        .isTrue();
  }

  /** A download by curl that goes on while a test does other things. */
  final class Download {
    private final Path file;
    private final int bytes;
    private final Background curl;

    private Download(Path file, int bytes, Background curl) {
      this.file = file;
      this.bytes = bytes;
      this.curl = curl;
    }

    /** Waits until something has come; a busy machine may see all of a short one come at once. */
    Download begun() {
      assertThat(Waiting.until(PATIENCE, () -> size() > 0 || !curl.isAlive())).isTrue();
      assertThat(size()).as("the download has begun: %s", curl.output()).isPositive();
      return this;
    }

    void assertRunning() {
      assertThat(curl.isAlive()).as("the download still runs: %s", curl.output()).isTrue();
    }

    /** Ends it half-way. */
    void stop() {
      curl.kill();
    }

    long size() {
      try {
        return Files.exists(file) ? Files.size(file) : 0;
      } catch (IOException e) {
        return 0;
      }
    }

    /** Waits for more bytes than there are now. */
    void assertGoesOn() {
      long before = size();
      assertThat(Waiting.until(PATIENCE, () -> size() > before || !curl.isAlive())).isTrue();
      assertThat(size()).isGreaterThan(before);
    }

    /** Waits for the end, which has to be a good one, with every byte as it was sent. */
    void assertEndsWhole() throws IOException {
      assertThat(curl.awaitEnd(Duration.ofSeconds(40))).as("the download ends").isTrue();
      assertThat(curl.status()).as(curl.output()).isZero();
      assertThat(Files.size(file)).isEqualTo(bytes);
      assertThat(Arrays.mismatch(Files.readAllBytes(file), WebServer.pattern(bytes))).isEqualTo(-1);
    }
  }

  /**
   * Begins to download by the virtual service on port 80.
   *
   * @param seconds how long it takes, about
   */
  Download download(int seconds) {
    return download(seconds, "http://" + VIP + "/");
  }

  Download download(int seconds, String root) {
    int rate = 2 << 20;
    int bytes = seconds * rate;
    Path file = directory().resolve("download-" + new Random().nextInt(Integer.MAX_VALUE));
    Background curl =
        client.start(
            "curl",
            "-sS",
            "-m",
            "60",
            "--limit-rate",
            Integer.toString(rate),
            "-o",
            file.toString(),
            root + "bytes/" + bytes);
    return new Download(file, bytes, curl).begun();
  }

  /** Uploads so many bytes and returns what the server says of them. */
  String upload(String root, int bytes) throws IOException {
    Path file = Files.write(directory().resolve("upload"), WebServer.pattern(bytes));
    return get(root + "upload", "-H", "Expect:", "--data-binary", "@" + file, "-m", "10");
  }

  @Override
  public void close() {
    webServers.values().forEach(WebServer::close);
    testbed.close();
  }
}
