package org.jlvs.testbed.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jlvs.testbed.namespaces.Host;

/**
 * Server software of Debian's, to be run on a host of its own with files of its own.
 *
 * @param program what must be there
 * @param packages what to install where it is not
 * @param preparation before the first start
 * @param command starts it, from its folder, and stays in the foreground
 * @param cases how it is checked; the first is good
 */
record RealServer(
    String name,
    Path program,
    String packages,
    Preparation preparation,
    List<String> command,
    List<CheckCase> cases) {
  private static final Pattern REFUSED = Pattern.compile("(?i)refused");
  private static final Pattern SILENT = Pattern.compile("no complete answer within");

  /** Writes a server's configuration and data into the folder it is given. */
  @FunctionalInterface
  interface Preparation {
    void make(Host host, Path folder) throws IOException;
  }

  RealServer {
    command = List.copyOf(command);
    cases = List.copyOf(cases);
  }

  /** What is found of the server when it does not run. */
  Pattern gone() {
    // The library that asks RADIUS servers does not hear that nobody listens.
    return name.equals("freeradius") ? SILENT : REFUSED;
  }

  boolean isInstalled() {
    return Files.isExecutable(program);
  }

  /** Writes a file of the folder in which DIR stands for the folder's path. */
  static void write(Path folder, String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text.replace("DIR", folder.toString()));
  }

  @Override
  public String toString() {
    return name;
  }
}
