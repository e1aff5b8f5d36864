package org.jlvs.testbed.dropin;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.control.Director;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.Names;
import org.jlvs.ipvsadm.SystemNames;
import org.jlvs.testbed.replay.Machine;

/** jlvs' ipvsadm on the packet engine of a simulated machine, in this process: fast. */
final class CoreIpvsadm implements org.jlvs.testbed.dropin.Ipvsadm {
  private final Path hosts;

  /**
   * @param hosts a file like {@code /etc/hosts}
   */
  CoreIpvsadm(Path hosts) {
    this.hosts = hosts;
  }

  @Override
  public List<List<Answer>> type(List<Session> sessions) throws IOException {
    List<List<Answer>> answers = new ArrayList<>();
    for (Session session : sessions) {
      Director director = new Machine().director();
      List<Answer> ofSession = new ArrayList<>();
      for (Typed typed : session.commands()) {
        ofSession.add(
            type(typed, director, new SystemNames(hosts, Path.of("/etc/services"), Duration.ZERO)));
      }
      answers.add(ofSession);
    }
    return answers;
  }

  /** Types one command to a director. */
  static Answer type(Typed typed, Director director, Names names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Ipvsadm.run(
            typed.words().getFirst(),
            typed.words().subList(1, typed.words().size()),
            new ByteArrayInputStream(typed.input().getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            director,
            names);
    return new Answer(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
