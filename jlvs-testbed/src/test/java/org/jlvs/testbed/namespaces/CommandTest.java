package org.jlvs.testbed.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void statusOutputAndErrorsAreTold() {
    assertThat(Command.run(List.of("sh", "-c", "cat; echo bad >&2; exit 3"), LONG, "text\n"))
        .isEqualTo(new Command.Result(3, "text\n", "bad\n"));
  }

  @Test
  void aCommandThatTakesTooLongIsEndedWithItsChildren() {
    Command.Result result =
        Command.run(List.of("sh", "-c", "echo begun; sleep 600; true"), Duration.ofMillis(300));

    assertThat(result).isEqualTo(new Command.Result(124, "begun\n", "ended after 0.3 s\n"));
  }

  @Test
  void aProgramThatIgnoresItsInputIsNoError() {
    assertThat(Command.run(List.of("true"), LONG, "x".repeat(1 << 20)).ok()).isTrue();
  }

  @Test
  void aRequiredCommandsFailureNamesItAndItsErrors() {
    assertThatThrownBy(() -> Command.require("sh", "-c", "echo no such thing >&2; exit 5"))
        .hasMessage("sh -c echo no such thing >&2; exit 5: exit status 5: no such thing");
  }

  @Test
  void aProgramThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Command.run(List.of("/no/such/program"), LONG))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("/no/such/program");
  }
}
