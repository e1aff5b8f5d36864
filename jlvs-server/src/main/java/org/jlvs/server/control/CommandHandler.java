package org.jlvs.server.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Executes one program's commands. Called by many threads at once. */
@FunctionalInterface
public interface CommandHandler {

  /**
   * Executes a command to its end.
   *
   * @param program the name it was registered under
   * @param arguments without the program's name
   * @param in the command's standard input; empty unless the client sends it
   * @return the exit code
   * @throws IOException when the client is gone; thrown by the streams
   */
  int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException;
}
