package org.jlvs.monitor.command;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ldirectord --explain}: prints what running monitors know, of one configuration or of all.
 * Exit status 1 when none runs, or one cannot be asked.
 */
final class ExplainCommand {
  private ExplainCommand() {}

  static int run(Environment environment, Arguments arguments, ExplainSocket.Form form) {
    try {
      return arguments.configuration().isEmpty()
          ? all(environment, form)
          : one(environment, arguments.configuration(), form);
    } catch (IOException failed) {
      environment.err().println("ldirectord: " + failed.getMessage());
      return 1;
    }
  }

  private static int one(Environment environment, String given, ExplainSocket.Form form)
      throws IOException {
    Path configuration = LdirectordCommand.locate(environment, given);
    String name = LdirectordCommand.nameOf(given, configuration);
    Path run = environment.places().runDirectory();
    if (new PidFile(run, name).runningPid().isEmpty()) {
      environment.err().println("ldirectord is stopped for " + configuration);
      return 1;
    }
    environment.out().print(answer(ExplainSocket.in(run, name), form));
    return 0;
  }

  private static int all(Environment environment, ExplainSocket.Form form) throws IOException {
    List<Path> running = sockets(environment.places().runDirectory());
    if (running.isEmpty()) {
      environment.err().println("no ldirectord of jlvs runs here");
      return 1;
    }
    List<String> answers = new ArrayList<>();
    int status = 0;
    for (Path socket : running) {
      try {
        answers.add(answer(socket, form));
      } catch (IOException failed) {
        // A monitor that hangs, or ends just now, hides nothing of the others.
        environment.err().println("ldirectord: " + failed.getMessage());
        status = 1;
      }
    }
    environment.out().print(String.join(form == ExplainSocket.Form.JSON ? "" : "\n", answers));
    return status;
  }

  /** Those of monitors that run. */
  private static List<Path> sockets(Path run) throws IOException {
    List<Path> sockets = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run, "ldirectord.*.sock")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String configuration =
            name.substring("ldirectord.".length(), name.length() - ".sock".length());
        if (new PidFile(run, configuration).runningPid().isPresent()) {
          sockets.add(file);
        }
      }
    }
    sockets.sort(null);
    return sockets;
  }

  private static String answer(Path socket, ExplainSocket.Form form) throws IOException {
    try {
      String answer = ExplainSocket.ask(socket, form);
      if (answer.isEmpty()) {
        throw new IOException(socket + ": the monitor gave no answer; ask again, or see its log");
      }
      return answer;
    } catch (IOException | RuntimeException failed) {
      throw new IOException(
          "cannot ask the monitor at " + socket + ": " + failed.getMessage(), failed);
    }
  }
}
