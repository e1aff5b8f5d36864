package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jlvs.cli.CommandRequest;
import org.jlvs.cli.ControlClient;
import org.jlvs.cli.Frame;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many who command a director at once, some of them badly. */
@Tag("system")
class ManyUsersTest {
  private static final int USERS = 50;
  private static final int OF_THEM_PROCESSES = 10;

  /** Much, on a busy machine, for an answer that takes a millisecond. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("users");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private ControlClient.Result tell(String line, Optional<String> input) throws IOException {
    List<String> words = List.of(line.split(" "));
    try (ControlClient client = new ControlClient(lab.controlSocket())) {
      return client.run(words.getFirst(), words.subList(1, words.size()), input);
    }
  }

  private void assertAnsweredSoon() throws IOException {
    long begin = System.nanoTime();
    assertThat(tell("ipvsadm -Ln", Optional.empty()).exitCode()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SOON);
  }

  @Test
  void fiftyWhoEditAtOnceLoseNothingAndInterleaveWhole() throws Exception {
    lab.startDirector();
    lab.command("ipvsadm -A -t 10.0.0.100:9999 -s rr");
    AtomicBoolean done = new AtomicBoolean();
    List<Callable<Command.Result>> users = new ArrayList<>();
    for (int user = 1; user <= USERS; user++) {
      int number = user;
      users.add(
          number <= OF_THEM_PROCESSES
              ? () -> lab.type(("ipvsadm -A -t 10.0.0.100:" + number + " -s rr").split(" "))
              : () -> edit(number));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(USERS + 1)) {
      Future<Integer> seen = threads.submit(() -> watchTheSharedService(done));
      for (Future<Command.Result> result : threads.invokeAll(users)) {
        assertThat(result.get()).isEqualTo(new Command.Result(0, "", ""));
      }
      done.set(true);
      assertThat(seen.get()).isPositive();
    }
    List<String> saved = lab.command("ipvsadm -Sn").lines().toList();
    for (int user = 1; user <= USERS; user++) {
      String own = "-t 10.0.0.100:" + user;
      assertThat(saved).contains("-A " + own + " -s rr");
      if (user > OF_THEM_PROCESSES) {
        assertThat(saved)
            .contains("-a " + own + " -r 192.168.1." + user + ":80 -m -w 3")
            .doesNotContain("-a " + own + " -r 192.168.2." + user + ":80 -m -w 1");
      }
    }
  }

  /**
   * One user's work: a service of its own in single commands, and a batch for one that all have.
   */
  private Command.Result edit(int user) throws IOException {
    String own = "-t 10.0.0.100:" + user;
    List<String> lines =
        List.of(
            "ipvsadm -A " + own + " -s rr",
            "ipvsadm -a " + own + " -r 192.168.1." + user + ":80 -m",
            "ipvsadm -a " + own + " -r 192.168.2." + user + ":80 -m",
            "ipvsadm -e " + own + " -r 192.168.1." + user + ":80 -m -w 3",
            "ipvsadm -d " + own + " -r 192.168.2." + user + ":80");
    for (String line : lines) {
      ControlClient.Result result = tell(line, Optional.empty());
      if (result.exitCode() != 0) {
        return new Command.Result(result.exitCode(), result.out(), result.err());
      }
    }
    String shared = "-t 10.0.0.100:9999";
    String batch =
        String.join(
            "\n",
            "-D " + shared,
            "-A " + shared + " -s rr",
            "-a " + shared + " -r 192.168.3." + user + ":80 -m",
            "-a " + shared + " -r 192.168.4." + user + ":80 -m",
            "");
    ControlClient.Result result = tell("ipvsadm -R", Optional.of(batch));
    return new Command.Result(result.exitCode(), result.out(), result.err());
  }

  /** Whoever looks sees both servers of one user, or those of none yet. */
  private int watchTheSharedService(AtomicBoolean done) throws IOException {
    int seen = 0;
    while (!done.get()) {
      List<String> servers =
          tell("ipvsadm -Ln -t 10.0.0.100:9999", Optional.empty())
              .out()
              .lines()
              .filter(line -> line.contains("-> 192."))
              .map(line -> line.replaceFirst(".*192\\.168\\.[34]\\.(\\d+):.*", "$1"))
              .toList();
      assertThat(servers.size()).isIn(0, 2);
      assertThat(servers.stream().distinct().count()).isLessThanOrEqualTo(1);
      seen++;
    }
    return seen;
  }

  @Test
  void whoStallsTalksNonsenseOrFloodsHarmsOnlyItself() throws Exception {
    Director director = lab.startDirector();
    lab.command("ipvsadm -A -t 10.0.0.100:80 -s rr");
    long before = residentMegabytes(director.pid());
    byte[] nonsense = new byte[100_000];
    new Random(3).nextBytes(nonsense);

    try (SocketChannel silent = connect();
        SocketChannel halfWay = connect();
        SocketChannel talking = connect()) {
      OutputStream out = Channels.newOutputStream(halfWay);
      out.write(Frame.GREETING);
      byte[] request = new CommandRequest("ipvsadm", List.of("-R"), true).encode();
      Frame.write(out, Frame.Type.REQUEST, request, 0, request.length);
      assertAnsweredSoon();
      assertThat(answerTo(talking, nonsense))
          .isEqualTo("this is the control socket of a jlvs director");
      assertAnsweredSoon();
      String flood = "-A -t 10.0.0.100:81 -s rr -p 1\n".repeat(100 * 1024 * 1024 / 31);
      assertThatThrownBy(() -> tell("ipvsadm -R", Optional.of(flood)))
          .isInstanceOf(IOException.class)
          .hasMessage("the director refuses: more than 67108864 bytes of standard input");
      assertAnsweredSoon();
      assertThat(silent.isOpen()).isTrue();
    }
    assertThat(lab.command("ipvsadm -Sn")).isEqualTo("-A -t 10.0.0.100:80 -s rr\n");
    assertThat(residentMegabytes(director.pid()) - before).isLessThan(1500);
    assertThat(director.complaints()).isEmpty();
  }

  private static String answerTo(SocketChannel channel, byte[] bytes) throws IOException {
    try {
      Channels.newOutputStream(channel).write(bytes);
    } catch (IOException e) {
      // It was sent away before it had said everything.
    }
    return Frame.read(Channels.newInputStream(channel)).orElseThrow().text();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(lab.controlSocket()));
    return channel;
  }

  private static long residentMegabytes(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/status"))
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDirectorThatWasStoppedIsNotWaitedForForEver() {
    Director director = lab.startDirector();
    List<String> impatient = List.of("env", "JLVS_TIMEOUT=2");
    lab.director().require("kill", "-STOP", Long.toString(director.pid()));
    try {
      Command.Result result = lab.typeAs(impatient, "ipvsadm", "-Ln");
      assertThat(result)
          .isEqualTo(
              new Command.Result(
                  2,
                  "",
                  "ipvsadm: the director has not answered for 2 s: it is stopped or overloaded, and"
                      + " whether it has obeyed is not known (JLVS_TIMEOUT says how many seconds to"
                      + " wait)\n"));
    } finally {
      lab.director().require("kill", "-CONT", Long.toString(director.pid()));
    }
    assertThat(lab.typeAs(impatient, "ipvsadm", "-Ln").status()).isZero();
    assertThat(lab.typeAs(List.of("env", "JLVS_TIMEOUT=soon"), "ipvsadm", "-Ln").err())
        .isEqualTo(
            "ipvsadm: JLVS_TIMEOUT is \"soon\"; give the seconds to wait for a silent director, or 0"
                + " to wait for ever\n");
  }

  @Test
  void nobodyIsRefusedAlsoWhereTheSocketIsOpenToAll() throws Exception {
    assumeTrue(Testbed.isInstalled("setpriv"), "setpriv is not installed");
    Path run = Files.createDirectory(lab.directory().resolve("run"));
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    List<String> words = new ArrayList<>(List.of("env", "JLVS_RUN_DIR=" + run));
    words.addAll(DirectorLab.serverCommand("director"));
    words.addAll(List.of("--interface", "eth0"));
    Background director = lab.director().start(words.toArray(String[]::new));
    assertThat(director.awaitLine("ready", DirectorLab.PATIENCE)).as(director.output()).isTrue();
    Path socket = run.resolve(lab.controlSocket().getFileName());
    List<String> asNobody = new ArrayList<>(AS_NOBODY);
    asNobody.addAll(List.of("env", "JLVS_RUN_DIR=" + run));
    Command.Result probe = lab.typeAs(asNobody, "ipvsadm", "-v");
    assumeTrue(
        !probe.err().contains("ClassNotFound"), "the class path is closed to other users here");

    Command.Result hidden = lab.typeAs(asNobody, "ipvsadm", "-Ln");
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    Command.Result closed = lab.typeAs(asNobody, "ipvsadm", "-Ln");
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    Command.Result open = lab.typeAs(asNobody, "ipvsadm", "-A", "-t", "10.0.0.100:80", "-s", "rr");

    String denied = "ipvsadm: permission denied on " + socket + ": the director obeys root only\n";
    assertThat(hidden).isEqualTo(new Command.Result(2, "", denied));
    assertThat(closed).isEqualTo(new Command.Result(2, "", denied));
    assertThat(open)
        .isEqualTo(
            new Command.Result(
                2,
                "",
                "ipvsadm: the director refuses: only root and the director's own user may command"
                    + " it, not nobody\n"));
    try (ControlClient client = new ControlClient(socket)) {
      assertThat(client.run("ipvsadm", List.of("-Sn"), Optional.empty()).out()).isEmpty();
    }
  }

  @Test
  void aRestoreIsOneChangeForThePackets() throws Exception {
    Host one = lab.directServer(1);
    Host two = lab.directServer(2);
    lab.startDirector();
    lab.restore("-A -u 10.0.0.100:53 -s rr -o", "-a -u 10.0.0.100:53 -r 10.0.0.11:53 -g");
    AtomicBoolean done = new AtomicBoolean();
    try (UdpServer first = UdpServer.start(one, DirectorLab.VIP, 53);
        UdpServer second = UdpServer.start(two, DirectorLab.VIP, 53);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 0)) {
      Future<Integer> answered = thread.submit(() -> askUntil(done, client));
      for (int swap = 0; swap < 100; swap++) {
        String old = swap % 2 == 0 ? "10.0.0.11:53" : "10.0.0.12:53";
        String other = swap % 2 == 0 ? "10.0.0.12:53" : "10.0.0.11:53";
        // For a moment the service has no server, or is not there at all.
        lab.restore(
            "-d -u 10.0.0.100:53 -r " + old,
            "-D -u 10.0.0.100:53",
            "-A -u 10.0.0.100:53 -s rr -o",
            "-a -u 10.0.0.100:53 -r " + other + " -g");
      }
      done.set(true);
      assertThat(answered.get()).isGreaterThan(100);
      assertThat(List.of(first, second)).hasSize(2);
    }
  }

  /** Every question is answered; how many were asked. */
  private static int askUntil(AtomicBoolean done, DatagramSocket client) throws IOException {
    int asked = 0;
    for (; !done.get(); asked++) {
      String question = Integer.toString(asked);
      assertThat(UdpServer.ask(client, DirectorLab.VIP, 53, question).orElse("no answer"))
          .endsWith(":" + question);
    }
    return asked;
  }
}
