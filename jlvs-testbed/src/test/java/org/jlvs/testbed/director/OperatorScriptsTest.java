package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jlvs.testbed.dropin.Answer;
import org.jlvs.testbed.dropin.Comparison;
import org.jlvs.testbed.dropin.KernelIpvsadm;
import org.jlvs.testbed.dropin.Session;
import org.jlvs.testbed.dropin.Typed;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Scripts as operators have them around ipvsadm: the same scripts with the original on the kernel's
 * IPVS, and with jlvs' programs in the place of Debian's on a running director. What they print,
 * their exit codes and the tables they leave have to be the same.
 */
@Tag("system")
class OperatorScriptsTest {
  private static final Path SCRIPTS = Path.of("src/test/resources/org/jlvs/testbed/scripts");
  private static final List<String> PROGRAMS =
      List.of("ipvsadm", "ipvsadm-save", "ipvsadm-restore");

  /** In a mount namespace and an empty folder of its own, for what a script writes and binds. */
  private static final String SURROUNDINGS =
      "folder=$(mktemp -d) && cd \"$folder\" && exec 2>&1 && unshare -m /bin/bash -c \"$1\" script;"
          + " code=$?; cd / && rm -r \"$folder\" && exit $code";

  private DirectorLab lab;

  @BeforeEach
  void begin() throws IOException {
    lab = DirectorLab.besideOriginal("scripts");
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void scriptsSayAndLeaveTheSameAsWithTheOriginal() throws Exception {
    List<Session> sessions = new ArrayList<>();
    try (Stream<Path> scripts = Files.list(SCRIPTS)) {
      for (Path script : scripts.sorted().toList()) {
        sessions.add(session(script));
      }
    }
    assertThat(sessions).hasSizeGreaterThan(8);
    List<List<Answer>> original = new KernelIpvsadm(lab.directory()).type(sessions);
    Map<Path, Path> ours = lab.originalsReplaced(PROGRAMS);

    List<String> differences = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      lab.command("ipvsadm -C");
      lab.command("ipvsadm --set 900 120 300");
      List<Answer> answers = new ArrayList<>();
      for (Typed typed : sessions.get(i).commands()) {
        Command.Result result = lab.onDirectorWith(ours, typed.words());
        answers.add(new Answer(result.status(), result.out(), result.err()));
      }
      differences.addAll(Comparison.differences(sessions.get(i), original.get(i), answers));
      lab.type("ipvsadm", "--stop-daemon", "master");
      lab.type("ipvsadm", "--stop-daemon", "backup");
    }
    assertThat(differences).isEmpty();
  }

  private static Session session(Path script) throws IOException {
    List<Typed> typed = new ArrayList<>();
    typed.add(
        new Typed(List.of("/bin/bash", "-c", SURROUNDINGS, "bash", Files.readString(script)), ""));
    for (String look : List.of("-Sn", "-L", "-L --daemon", "-L --timeout")) {
      typed.add(Typed.of("ipvsadm " + look));
    }
    return new Session(String.valueOf(script.getFileName()), typed);
  }
}
