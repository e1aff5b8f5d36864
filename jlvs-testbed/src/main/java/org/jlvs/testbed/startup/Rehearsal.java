package org.jlvs.testbed.startup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jlvs.cli.ControlSocket;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.server.control.ControlServer;

/**
 * Runs a command line of ipvsadm once against a control socket that answers, with the JVM options
 * that make it write its cache of loaded and linked classes (JEP 514). Needs no director and no
 * rights.
 */
public final class Rehearsal {
  private static final CommandHandler ANSWER =
      (program, arguments, in, out, err) -> {
        out.write("IP Virtual Server version 1.2.1\n".getBytes(StandardCharsets.US_ASCII));
        return 0;
      };

  private Rehearsal() {}

  /**
   * Arguments: the command that starts a JVM with the command line in it, word for word. Ends with
   * its exit status.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("jlvs-rehearsal");
    Map<String, String> environment = Map.of("JLVS_RUN_DIR", folder.toString());
    Path socket =
        ControlSocket.directory(environment).resolve(ControlSocket.ofThisNamespace().getFileName());
    int status;
    try (ControlServer server = ControlServer.start(socket, Map.of("ipvsadm", ANSWER))) {
      ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(args))).inheritIO();
      builder.environment().putAll(environment);
      status = builder.start().waitFor();
    } finally {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
    System.exit(status);
  }
}
