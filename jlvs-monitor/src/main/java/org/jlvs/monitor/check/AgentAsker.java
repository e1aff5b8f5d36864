package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;
import org.jlvs.monitor.config.WeightSource;

/**
 * Asks real servers' agents. Like {@link Checker} made for virtual threads: it blocks the one that
 * calls, for no longer than the question's time-out whatever the agent does, and reads a bounded
 * answer.
 */
public final class AgentAsker {
  private static final WeightSource.Group WHOLE_BODY =
      new WeightSource.Group(PerlRegexp.of("\\A(?s)(.{1," + AgentGrammar.LONGEST_ANSWER + "})"));

  /** keepalived's misc_dynamic: a status of 2 to 255 is a weight, less 2. */
  private static final int FIRST_WEIGHT_STATUS = 2;

  /** Above 100% a shell's own statuses begin: not found, killed. */
  private static final int LAST_WEIGHT_STATUS = 102;

  private final Checker checker;

  public AgentAsker(Checker checker) {
    this.checker = checker;
  }

  /** Asks once. */
  public AgentWord ask(AgentQuestion question) throws InterruptedException {
    AgentWord word =
        switch (question) {
          case AgentQuestion.Tcp tcp -> tcp(tcp);
          case AgentQuestion.Page page -> page(page);
          case AgentQuestion.Command command -> command(command);
        };
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return word;
  }

  private static AgentWord tcp(AgentQuestion.Tcp question) {
    return word(
        Checker.explained(
            question.timeout(),
            deadline -> {
              try (Socket socket =
                  Checker.connect(Checker.address(question.address()), question.port(), deadline)) {
                InputStream stream = new Checker.TimedStream(socket, deadline);
                return Outcome.up("answered").with(AgentGrammar.read(firstLine(stream)));
              }
            }));
  }

  /** Up to the first line's end, which an agent may leave out and close instead. */
  private static String firstLine(InputStream stream) throws IOException {
    byte[] answer = new byte[AgentGrammar.LONGEST_ANSWER];
    int length = 0;
    while (length < answer.length) {
      int count = stream.read(answer, length, answer.length - length);
      if (count <= 0) {
        break;
      }
      length += count;
      if (contains(answer, length, '\n')) {
        break;
      }
    }
    return new String(answer, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static boolean contains(byte[] bytes, int length, char wanted) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] == wanted) {
        return true;
      }
    }
    return false;
  }

  private AgentWord page(AgentQuestion.Page question) throws InterruptedException {
    Address address = question.address();
    String host = address.toString();
    Check.Http page =
        new Check.Http(
            question.tls(),
            HttpMethod.GET,
            host,
            question.port(),
            question.target(),
            address.isIpv4() ? host : "[" + host + "]",
            question.identity(),
            Optional.empty(),
            question.timeout());
    return word(checker.perform(new Check.Weighed(page, WHOLE_BODY), 0));
  }

  private static AgentWord command(AgentQuestion.Command question) throws InterruptedException {
    return switch (CommandRun.run(
        question.command(), question.timeout(), AgentGrammar.LONGEST_ANSWER)) {
      case CommandRun.Failed failed -> new AgentWord.Silence(failed.reason());
      case CommandRun.Ended ended when !ended.output().isBlank() ->
          AgentGrammar.read(ended.output());
      case CommandRun.Ended ended -> byStatus(question.command().getFirst(), ended.status());
    };
  }

  private static AgentWord byStatus(String command, int status) {
    if (status == 0) {
      return new AgentWord.Answer(OptionalInt.empty(), AgentWord.State.READY, "");
    }
    if (status >= FIRST_WEIGHT_STATUS && status <= LAST_WEIGHT_STATUS) {
      return new AgentWord.Answer(
          OptionalInt.of(status - FIRST_WEIGHT_STATUS), AgentWord.State.READY, "");
    }
    return new AgentWord.Silence(command + " printed nothing and exited with " + status);
  }

  private static AgentWord word(Outcome outcome) {
    return outcome
        .word()
        .orElseGet(() -> new AgentWord.Silence("its agent does not answer: " + outcome.reason()));
  }
}
