package org.jlvs.testbed.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("system")
class DemoTest {
  /** The tests of a module run in its folder; the launcher is beside it. */
  private static final String LAUNCHER = Path.of("..", "jlvs").toAbsolutePath().toString();

  @BeforeEach
  void needsNamespaces() {
    assumeTrue(Testbed.missing().isEmpty(), () -> Testbed.missing().orElseThrow());
    for (String program : List.of("curl", "iptables")) {
      assumeTrue(Testbed.isInstalled(program), program + " is not installed");
    }
  }

  @Test
  void everyStepOfTheDemoHolds() throws IOException {
    Command.Result result = Command.run(List.of(LAUNCHER, "demo"), Duration.ofMinutes(5));

    assertThat(result.out())
        .as(result.err())
        .containsPattern("\\n[1-9][0-9]* passed, 0 failed\\n$")
        .doesNotContain("\u001b");
    assertThat(result.status()).isZero();
  }

  @Test
  void anInterruptedDemoLeavesNothing() throws Exception {
    Process demo =
        new ProcessBuilder(LAUNCHER, "demo")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String own = "jlvs-demo-" + demo.pid();
    assertThat(Waiting.until(Duration.ofMinutes(1), () -> left(own).size() > 3)).isTrue();

    demo.destroy();

    assertThat(demo.onExit().get().exitValue()).isEqualTo(143);
    assertThat(left(own)).isEmpty();
  }

  private static List<String> left(String beginning) {
    return Stream.of(Path.of("/run/netns"), Path.of(System.getProperty("java.io.tmpdir")))
        .flatMap(folder -> names(folder).stream())
        .filter(name -> name.startsWith(beginning))
        .toList();
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
