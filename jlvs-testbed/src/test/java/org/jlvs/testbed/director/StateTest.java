package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a command has changed is there after the director is killed, from its answer on. */
@Tag("system")
class StateTest {
  private static final int KILLS = 16;

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("state");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void aDirectorKilledRightAfterItsAnswerHasWhatItAnswered() throws Exception {
    List<String> services = new ArrayList<>();
    Director director = lab.startDirector();
    for (int i = 1; i <= KILLS; i++) {
      String address = "10.0.0.100:" + i;
      String weight = Integer.toString(i);
      String server = "-a -t " + address + " -r 192.168.0.11:80 -m -w " + weight;
      lab.restore("-A -t " + address + " -s rr", "-a -t " + address + " -r 192.168.0.12:80 -m");
      lab.command("ipvsadm -d -t " + address + " -r 192.168.0.12:80");
      lab.command("sysctl -w net.ipv4.vs.schedule_icmp=" + i);
      String answered = tellAndKill("ipvsadm " + server, director);
      assertThat(answered).isEmpty();
      services.add("-A -t " + address + " -s rr");
      services.add(server);

      director = lab.startDirector();
      assertThat(lab.command("ipvsadm -S -n").lines())
          .containsExactlyInAnyOrderElementsOf(services);
      assertThat(lab.command("sysctl -n net.ipv4.vs.schedule_icmp").strip()).isEqualTo(weight);
      assertThat(director.complaints()).isEmpty();
    }
  }

  private String tellAndKill(String line, Director director) throws Exception {
    try (ControlClient client = new ControlClient(lab.controlSocket())) {
      ControlClient.Result result = tell(client, line);
      director.process().kill();
      return result.err();
    }
  }

  @Test
  void whatThereIsNoRoomToSaveIsInForceAndTheCommandWarns() throws Exception {
    Path run = Files.createDirectory(lab.directory().resolve("run"));
    Command.require("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", run.toString());
    try {
      Path socket = run.resolve(lab.controlSocket().getFileName());
      Background director = startDirector(run);
      try (ControlClient client = new ControlClient(socket)) {
        assertThat(tell(client, "ipvsadm -A -t 10.0.0.100:80 -s rr"))
            .isEqualTo(new ControlClient.Result(0, "", ""));
        Path filler = run.resolve("filler");
        fill(filler);

        ControlClient.Result warned = null;
        // What the file system still has room for within its last page is saved all the same.
        for (int port = 1000; port < 1100 && (warned == null || warned.err().isEmpty()); port++) {
          warned = tell(client, "ipvsadm -A -t 10.0.0.100:" + port + " -s rr");
          assertThat(warned.exitCode()).isZero();
        }
        assertThat(warned.err())
            .startsWith(
                "ipvsadm: warning: this is in force, but lost when the director is killed: cannot"
                    + " write "
                    + run)
            .endsWith("No space left on device\n");
        String table = tell(client, "ipvsadm -Sn").out();

        Files.delete(filler);
        assertThat(tell(client, "ipvsadm -A -t 10.0.0.100:82 -s rr"))
            .isEqualTo(new ControlClient.Result(0, "", ""));
        director.kill();
        startDirector(run);
        assertThat(tell(client, "ipvsadm -Sn").out().lines())
            .containsAll(table.lines().toList())
            .contains("-A -t 10.0.0.100:82 -s rr");
      }
    } finally {
      Command.require("umount", "--lazy", run.toString());
    }
  }

  private Background startDirector(Path run) {
    List<String> words = new ArrayList<>(List.of("env", "JLVS_RUN_DIR=" + run));
    words.addAll(DirectorLab.serverCommand("director"));
    words.addAll(List.of("--interface", "eth0,eth1"));
    Background director = lab.director().start(words.toArray(String[]::new));
    assertThat(director.awaitLine("ready", DirectorLab.PATIENCE)).as(director.output()).isTrue();
    return director;
  }

  private static void fill(Path filler) {
    try {
      Files.write(filler, new byte[1 << 20]);
    } catch (IOException e) {
      // It is full now.
    }
  }

  private static ControlClient.Result tell(ControlClient client, String line) throws IOException {
    List<String> words = List.of(line.split(" "));
    return client.run(words.getFirst(), words.subList(1, words.size()), Optional.empty());
  }
}
