package org.jlvs.testbed.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.monitor.check.CheckPlanner;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.NameResolver;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/** A host on which one {@link RealServer} runs, and from which it is checked. */
final class CheckLab implements AutoCloseable {
  private static final String PURPOSE = "jlvs-checks";
  private static final Duration TO_START = Duration.ofSeconds(60);

  private final Testbed testbed;
  private final RealServer server;
  private final Host host;
  private final Path folder;
  private final Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
  private Background process;

  private CheckLab(Testbed testbed, RealServer server) throws IOException {
    this.testbed = testbed;
    this.server = server;
    host = testbed.host("server");
    folder = Files.createDirectory(testbed.directory().resolve(server.name()));
    for (int number = 2; number <= server.cases().size(); number++) {
      // bind listens on the addresses that interfaces have, not on their networks.
      host.address("lo", "127.0.0." + number + "/8");
    }
    server.preparation().make(host, folder);
    process = launch();
  }

  /** Starts the server, or skips the test, saying what this machine lacks. */
  static CheckLab start(RealServer server) throws IOException {
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), missing::toString);
    assumeTrue(
        server.isInstalled(),
        () -> server.program() + " is not there: apt-get install " + server.packages());
    Testbed.removeLeftovers(PURPOSE, false);
    Testbed testbed = Testbed.create(PURPOSE);
    try {
      return new CheckLab(testbed, server);
    } catch (IOException | RuntimeException failed) {
      testbed.close();
      throw failed;
    }
  }

  private Background launch() {
    List<String> words = new ArrayList<>();
    for (String word : server.command()) {
      words.add(here(word));
    }
    return host.start(words.toArray(String[]::new));
  }

  private String here(String text) {
    return text.replace("DIR", folder.toString());
  }

  /** What the server has printed since it was started. */
  String output() {
    return process.output();
  }

  /** One check, as a configuration file asks for it; {@code more} goes before it. */
  Outcome check(CheckCase checked, String... more) throws Exception {
    VirtualServer virtual = parse(String.join("\n", more) + "\n" + here(checked.section(1)));
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(
          () -> checker.perform(CheckPlanner.plan(virtual, virtual.realServers().getFirst()), 0));
    }
  }

  private static VirtualServer parse(String text) throws ConfigurationException {
    return ConfigurationParser.parse(text, new NumbersOnly()).virtualServers().getFirst();
  }

  /** Waits until the check says so. */
  void await(CheckCase checked, boolean up) throws Exception {
    long end = System.nanoTime() + TO_START.toNanos();
    Outcome outcome = check(checked, "negotiatetimeout=5");
    while (outcome.up() != up && System.nanoTime() - end < 0) {
      Waiting.pause(Duration.ofMillis(50));
      outcome = check(checked, "negotiatetimeout=5");
    }
    assertThat(outcome.up()).as("%s: %s\n%s", checked, outcome, output()).isEqualTo(up);
  }

  /** Sends a signal to all processes of the server. */
  void signal(String name) {
    List<String> words = new ArrayList<>(List.of("kill", "-" + name));
    host.require("ip", "netns", "pids", host.namespace()).lines().forEach(words::add);
    // Some are gone before their turn comes: the program that listed them, and what their end ends.
    Command.run(words, Command.LIMIT);
  }

  void kill() {
    for (int i = 0; i < 3; i++) {
      signal("KILL");
    }
    process.awaitEnd(TO_START);
  }

  void restart() {
    process = launch();
  }

  /** Has the original judge the cases; it must be installed. */
  List<Boolean> askOriginal(List<CheckCase> cases) throws IOException {
    List<String> sections = new ArrayList<>();
    for (CheckCase checked : cases) {
      sections.add(here(checked.section(sections.size() + 1)));
    }
    return OriginalChecks.judge(host, folder, sections);
  }

  @Override
  public void close() {
    testbed.close();
  }

  /** Tests name addresses and ports by numbers. */
  private static final class NumbersOnly implements NameResolver {
    @Override
    public Optional<Address> address(String name, Family family) {
      return Address.parse(name).filter(address -> address.family() == family);
    }

    @Override
    public Optional<Integer> port(String service, String protocol) {
      return Optional.empty();
    }
  }
}
