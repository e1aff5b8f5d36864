package org.jlvs.testbed.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jlvs install} into a folder, the commands it puts there, and {@code jlvs uninstall}. */
@Tag("system")
class InstallTest {
  private static final Path SOURCES = Path.of("..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path prefix;
  private Testbed testbed;
  private Host host;

  @BeforeEach
  void begin() {
    assumeTrue(
        Command.run(
                List.of(
                    "sh",
                    "-c",
                    "root=$0; . \"$0/tools/launch.sh\"; build_is_current",
                    SOURCES + ""),
                LIMIT)
            .ok(),
        "the launcher's build is not current: run ./jlvs version first");
    Optional<String> missing = Testbed.missing();
    assumeTrue(missing.isEmpty(), () -> missing.orElseThrow());
    testbed = Testbed.create("install");
    host = testbed.host("host");
    Host neighbour = testbed.host("neighbour");
    testbed.connect(host, "eth0", neighbour, "eth0");
    host.address("eth0", "10.0.0.254/24");
  }

  @AfterEach
  void end() {
    if (testbed != null) {
      host.run(prefix.resolve("bin/jlvs").toString(), "stop");
      testbed.close();
    }
  }

  private Command.Result install(String... more) {
    List<String> command =
        new ArrayList<>(List.of(SOURCES + "/jlvs", "install", "--prefix", prefix.toString()));
    command.addAll(List.of(more));
    return Command.run(command, LIMIT);
  }

  private Command.Result uninstall() {
    return Command.run(List.of(prefix.resolve("bin/jlvs").toString(), "uninstall"), LIMIT);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(prefix)) {
      return all.filter(path -> !Files.isDirectory(path))
          .map(path -> prefix.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void installsTheCommandsWithTheirPagesAndTakesAwayJustThose() throws IOException {
    Files.createDirectories(prefix.resolve("sbin"));
    Files.writeString(prefix.resolve("sbin/theirs"), "stays");

    assertThat(install()).matches(Command.Result::ok, "succeeds");

    assertThat(files())
        .contains(
            "bin/jlvs",
            "sbin/ipvsadm",
            "sbin/ipvsadm-save",
            "sbin/ipvsadm-restore",
            "sbin/ldirectord",
            "share/man/man8/ipvsadm.8",
            "share/man/man8/ipvsadm-save.8",
            "share/man/man8/ipvsadm-restore.8",
            "share/man/man8/ldirectord.8",
            "share/man/man8/jlvs.8",
            "share/bash-completion/completions/ipvsadm",
            "share/bash-completion/completions/ldirectord",
            "share/bash-completion/completions/jlvs",
            "lib/systemd/system/jlvs.service",
            "lib/systemd/system/ldirectord.service",
            "lib/systemd/system/ldirectord@.service",
            "lib/jlvs/lib/cli.aot");
    assertThat(prefix.resolve("lib/systemd/system/jlvs.service"))
        .content()
        .contains("ExecStart=" + prefix + "/bin/jlvs director");
    assertThat(install()).as("again").matches(Command.Result::ok, "succeeds");
    assertThat(uninstall()).matches(Command.Result::ok, "succeeds");
    assertThat(files()).containsExactly("sbin/theirs");
  }

  /** The program for it says so itself: unknown settings, missing programs, broken dependencies. */
  @Test
  void systemdReadsTheUnits() throws IOException {
    assumeTrue(Testbed.isInstalled("systemd-analyze"), "systemd-analyze is not installed");
    assertThat(install()).matches(Command.Result::ok, "succeeds");
    Path units = prefix.resolve("lib/systemd/system");
    Command.Result verified =
        host.run(
            "env",
            "SYSTEMD_UNIT_PATH=" + units + ":",
            "systemd-analyze",
            "--man=no",
            "verify",
            units.resolve("jlvs.service").toString(),
            units.resolve("ldirectord.service").toString(),
            units.resolve("ldirectord@www.cf.service").toString());
    assertThat(verified.status()).as(verified.err()).isZero();
    assertThat(verified.err()).doesNotContain(prefix.toString());
    assertThat(units.resolve("ldirectord.service"))
        .content()
        .contains(
            "ExecStart=" + prefix + "/sbin/ldirectord start\n",
            "ExecReload=" + prefix + "/sbin/ldirectord reload\n",
            "PIDFile=/run/ldirectord.ldirectord.pid\n");
  }

  @Test
  void leavesFilesOfOthersAloneUnlessForcedAndThenBringsThemBack() throws IOException {
    Path theirs = prefix.resolve("sbin/ipvsadm");
    Files.createDirectories(theirs.getParent());
    Files.writeString(theirs, "of another package");

    Command.Result refused = install();
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains(theirs.toString(), "Nothing was installed");
    assertThat(files()).containsExactly("sbin/ipvsadm");

    assertThat(install("--force")).matches(Command.Result::ok, "succeeds");
    assertThat(theirs).isSymbolicLink();
    assertThat(uninstall()).matches(Command.Result::ok, "succeeds");
    assertThat(files()).containsExactly("sbin/ipvsadm");
    assertThat(theirs).hasContent("of another package");
  }

  @Test
  void aFileThatSomebodyHasReplacedStays() throws IOException {
    assertThat(install()).matches(Command.Result::ok, "succeeds");
    Path replaced = prefix.resolve("sbin/ldirectord");
    Files.delete(replaced);
    Files.writeString(replaced, "a newer one");

    assertThat(install().err()).contains(replaced.toString());
    assertThat(uninstall().err()).contains(replaced + " is not what was installed");
    assertThat(replaced).hasContent("a newer one");
  }

  @Test
  void theFirstCommandStartsADirector() {
    assertThat(install()).matches(Command.Result::ok, "succeeds");
    String ipvsadm = prefix.resolve("sbin/ipvsadm").toString();

    assertThat(host.run(ipvsadm, "-A", "-t", "nonsense").err())
        .as("misuse starts none")
        .doesNotContain("was started");
    Command.Result forbidden = host.run(ipvsadm, "--no-autostart", "-Ln");
    assertThat(forbidden.status()).isEqualTo(2);
    assertThat(forbidden.err())
        .isEqualTo(
            "ipvsadm: no director runs in this network namespace: start one with `jlvs director`\n");
    assertThat(host.run("env", "JLVS_AUTOSTART=no", ipvsadm, "-Ln")).isEqualTo(forbidden);

    Command.Result first = host.run(LIMIT, ipvsadm, "-A", "-t", "10.0.0.100:80", "-s", "rr");
    assertThat(first).matches(Command.Result::ok, "succeeds");
    assertThat(first.err())
        .startsWith("ipvsadm: no director ran in this network namespace, so one was started");

    Command.Result second = host.run(ipvsadm, "-S", "-n");
    assertThat(second).isEqualTo(new Command.Result(0, "-A -t 10.0.0.100:80 -s rr\n", ""));

    assertThat(host.run(LIMIT, prefix.resolve("bin/jlvs").toString(), "stop"))
        .isEqualTo(new Command.Result(0, "", ""));
    assertThat(host.run(ipvsadm, "--no-autostart", "-Ln").status()).isEqualTo(2);
  }

  @Test
  void manyFirstCommandsAtOnceShareOneDirector() throws Exception {
    assertThat(install()).matches(Command.Result::ok, "succeeds");
    String ipvsadm = prefix.resolve("sbin/ipvsadm").toString();

    List<Callable<Command.Result>> commands = new ArrayList<>();
    for (int i = 1; i <= 8; i++) {
      String service = "10.0.0." + i + ":80";
      commands.add(() -> host.run(LIMIT, ipvsadm, "-A", "-t", service, "-s", "rr"));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(commands.size())) {
      for (Future<Command.Result> command : threads.invokeAll(commands)) {
        assertThat(command.get()).matches(Command.Result::ok, "succeeds");
      }
    }
    assertThat(host.run(ipvsadm, "-S", "-n").out().lines()).hasSize(commands.size());
  }

  @Test
  void aDirectorThatCannotStartSaysWhy() {
    assertThat(install()).matches(Command.Result::ok, "succeeds");
    host.run("ip", "link", "set", "eth0", "down");

    Command.Result result = host.run(LIMIT, prefix.resolve("sbin/ipvsadm").toString(), "-Ln");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith(
            "ipvsadm: no director runs in this network namespace, and one could not be started: ")
        .contains("no Ethernet interface is up");
  }
}
