package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.testbed.dropin.Answer;
import org.jlvs.testbed.dropin.Comparison;
import org.jlvs.testbed.dropin.IpvsadmDifferential;
import org.jlvs.testbed.dropin.KernelIpvsadm;
import org.jlvs.testbed.dropin.Session;
import org.jlvs.testbed.dropin.Typed;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Sessions of 200 mixed commands, to the original ipvsadm on the kernel's IPVS and to a running
 * director: each answer, and what they leave, has to be the same.
 */
@Tag("system")
class OriginalIpvsadmTest {
  /** Fixed, so that a failure is the change's under test. */
  private static final int TYPED_SEED = 1;

  private static final int LAST_SEED = 6;

  private static final String AS_NEW =
      "-C\n--stop-daemon master\n--stop-daemon backup\n--set 900 120 300\n";

  private DirectorLab lab;

  @BeforeEach
  void begin() throws IOException {
    lab = DirectorLab.besideOriginal("original");
    lab.director().address("eth1", "10.1.0.254/24");
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void mixedCommandsAreAnsweredAndLeaveATableAsByTheOriginal() throws Exception {
    List<Session> sessions = IpvsadmDifferential.random(TYPED_SEED, LAST_SEED);
    List<List<Answer>> original = new KernelIpvsadm(lab.directory()).type(sessions);

    List<String> differences = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      tell(new Typed(List.of("ipvsadm", "-R"), AS_NEW));
      List<Answer> ours = new ArrayList<>();
      for (Typed typed : sessions.get(i).commands()) {
        ours.add(i == 0 ? type(typed) : tell(typed));
      }
      differences.addAll(Comparison.differences(sessions.get(i), original.get(i), ours));
    }
    assertThat(differences).isEmpty();
  }

  /** By a process, as an operator does. */
  private Answer type(Typed typed) {
    Command.Result result = lab.typeWithInput(typed.input(), typed.words().toArray(String[]::new));
    return new Answer(result.status(), result.out(), result.err());
  }

  /** By the control socket, which takes a hundredth of the time. */
  private Answer tell(Typed typed) throws IOException {
    String program = typed.words().getFirst();
    List<String> arguments = typed.words().subList(1, typed.words().size());
    Optional<String> input =
        org.jlvs.ipvsadm.Ipvsadm.readsInput(program, arguments)
            ? Optional.of(typed.input())
            : Optional.empty();
    try (ControlClient connection = new ControlClient(lab.controlSocket())) {
      ControlClient.Result result = connection.run(program, arguments, input);
      return new Answer(result.exitCode(), result.out(), result.err());
    }
  }
}
