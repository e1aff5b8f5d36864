package org.jlvs.testbed.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("system")
class TestbedTest {
  private static final String PURPOSE = "jlvs-testbedtest";
  private static final Duration LONG = Duration.ofSeconds(30);

  @BeforeEach
  void needsNamespaces() {
    assumeTrue(Testbed.missing().isEmpty(), () -> Testbed.missing().orElseThrow());
  }

  @AfterEach
  void removeWhatIsLeft() {
    Testbed.removeLeftovers(PURPOSE, true);
  }

  @Test
  void hostsReachEachOtherDirectlyAndThroughASwitch() {
    try (Testbed testbed = Testbed.create(PURPOSE)) {
      Host near = testbed.host("near");
      Host far = testbed.host("far");
      Host middle = testbed.host("switch");
      testbed.bridge(middle, "lan");
      testbed.plug(near, "eth0", middle, "lan");
      testbed.plug(far, "eth0", middle, "lan");
      testbed.connect(near, "eth1", far, "eth1");
      near.address("eth0", "10.9.0.1/24").address("eth1", "10.9.1.1/24");
      far.address("eth0", "10.9.0.2/24").address("eth1", "10.9.1.2/24");

      assertThat(near.run("ip", "-br", "address", "show", "eth0").out())
          .startsWith("eth0@")
          .contains("10.9.0.1/24");
      assertThat(near.run("ping", "-c1", "-W5", "10.9.0.2").ok()).isTrue();
      assertThat(near.run("ping", "-c1", "-W5", "10.9.1.2").ok()).isTrue();
      near.withoutOffloads("eth0");
      assertThat(near.run("ethtool", "-k", "eth0").out())
          .contains("tx-checksumming: off", "generic-segmentation-offload: off");
      assertThat(near.run("ethtool", "-k", "eth1").out())
          .contains("tx-checksumming: on", "generic-segmentation-offload: on");
    }
  }

  @Test
  void closingEndsProcessesAndRemovesNamespacesAndFiles() {
    Testbed testbed = Testbed.create(PURPOSE);
    Host host = testbed.host("host");
    Background polite = host.start("sh", "-c", "echo begun; exec sleep 600");
    Background stubborn =
        host.start("sh", "-c", "trap '' TERM; echo begun; sleep 600 & wait; wait");
    assertThat(polite.awaitLine("begun", LONG)).isTrue();
    assertThat(stubborn.awaitLine("begun", LONG)).isTrue();

    testbed.close();

    assertThat(polite.isAlive()).isFalse();
    assertThat(stubborn.isAlive()).isFalse();
    assertThat(left()).isEmpty();
    assertThatThrownBy(() -> host.run("true")).hasMessageContaining("is closed");
  }

  @Test
  void aRunThatWasKilledIsCleanedUpByTheNext() throws IOException {
    Process killed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledRun.class.getName())
            .redirectErrorStream(true)
            .start();
    assertThat(killed.inputReader().readLine()).isEqualTo("built");
    assertThat(left()).isNotEmpty();
    assertThat(Testbed.removeLeftovers(PURPOSE, true)).as("it still runs").isEmpty();

    killed.destroyForcibly().onExit().join();

    assertThat(Testbed.removeLeftovers(PURPOSE, false))
        .containsExactly(PURPOSE + "-" + killed.pid());
    assertThat(left()).isEmpty();
  }

  @Test
  void aKeptRunStaysUntilItIsAskedFor() throws Exception {
    Process keeping =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledRun.class.getName(),
                "keep")
            .inheritIO()
            .start();
    assertThat(keeping.waitFor()).isZero();

    assertThat(Testbed.removeLeftovers(PURPOSE, false)).isEmpty();
    assertThat(left()).isNotEmpty();
    assertThat(Testbed.removeLeftovers(PURPOSE, true))
        .containsExactly(PURPOSE + "-" + keeping.pid());
    assertThat(left()).isEmpty();
  }

  /** A run that builds a testbed and then hangs, or keeps it and ends. */
  public static final class KilledRun {
    private KilledRun() {}

    /** Argument {@code keep}: keeps it. */
    public static void main(String[] args) {
      Testbed testbed = Testbed.create(PURPOSE);
      testbed.host("host").start("sleep", "600");
      if (args.length > 0) {
        testbed.keep();
        return;
      }
      System.out.println("built");
      Waiting.pause(LONG);
    }
  }

  /** Namespaces and folders of this purpose. */
  private static List<String> left() {
    return Stream.of(Path.of("/run/netns"), Path.of(System.getProperty("java.io.tmpdir")))
        .flatMap(
            folder -> {
              try (Stream<Path> entries = Files.list(folder)) {
                return entries.map(entry -> entry.getFileName().toString()).toList().stream();
              } catch (IOException e) {
                return Stream.empty();
              }
            })
        .filter(name -> name.startsWith(PURPOSE + "-"))
        .toList();
  }
}
