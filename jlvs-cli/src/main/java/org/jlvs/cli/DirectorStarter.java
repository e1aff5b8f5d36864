package org.jlvs.cli;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts a director in the background of this network namespace for a command that needs one, as
 * the kernel loads its IPVS for the first {@code ipvsadm}. The director outlives the command.
 */
public final class DirectorStarter {
  /** Set to {@code no}, commands do not start a director. */
  public static final String VARIABLE = "JLVS_AUTOSTART";

  /** Given to a command, that one does not start a director. */
  public static final String OPTION = "--no-autostart";

  private static final int LONGEST_START_MILLIS = 20_000;
  private static final int LONGEST_LOSER_MILLIS = 5_000;
  private static final int PAUSE_MILLIS = 20;
  private static final String READY = "ready\n";
  private static final String SETSID = "/usr/bin/setsid";

  private DirectorStarter() {}

  /**
   * The launcher that starts directors.
   *
   * @return empty when commands are not to start one, or this process was not begun by the launcher
   */
  public static Optional<Path> launcher(Map<String, String> environment) {
    String home = environment.getOrDefault("JLVS_HOME", "");
    if (home.isEmpty() || isOff(environment.getOrDefault(VARIABLE, ""))) {
      return Optional.empty();
    }
    Path launcher = Path.of(home, "jlvs");
    return Files.isExecutable(launcher) ? Optional.of(launcher) : Optional.empty();
  }

  private static boolean isOff(String value) {
    return value.equals("no") || value.equals("0") || value.equals("off");
  }

  /**
   * Starts a director and waits until it can be asked. When several commands do so at a time, one
   * director stays and serves them all.
   *
   * @param launcher see {@link #launcher}
   * @param socket where the director will listen
   * @return what to tell the operator
   * @throws IOException when none came up; the message says why
   */
  public static String start(Path launcher, Path socket) throws IOException {
    Path log = log(socket);
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
    } catch (AccessDeniedException e) {
      throw new IOException(
          "no director runs in this network namespace, and only root can start one", e);
    }
    long logged = Files.exists(log) ? Files.size(log) : 0;
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of(SETSID))) {
      // A session of its own: the end of this terminal is not the end of the director.
      command.add(SETSID);
    }
    command.add(launcher.toString());
    command.add("director");
    Process director =
        new ProcessBuilder(command)
            .directory(new File("/"))
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectErrorStream(true)
            .start();
    if (serves(director, socket, log, logged)) {
      return "no director ran in this network namespace, so one was started (its output is in "
          + log
          + "; "
          + OPTION
          + " or "
          + VARIABLE
          + "=no prevents that, `jlvs stop` ends it)";
    }
    throw new IOException(
        "no director runs in this network namespace, and one could not be started: "
            + lastLine(log, logged));
  }

  /** Where a director that was started for a command writes what it has to say. */
  private static Path log(Path socket) {
    String name = String.valueOf(socket.getFileName());
    return socket.resolveSibling(
        name.substring(0, name.length() - ".sock".length()).concat(".log"));
  }

  /**
   * Waits until the director has said that it is ready, or another command's director, which was
   * first, can be asked.
   */
  private static boolean serves(Process director, Path socket, Path log, long logged)
      throws IOException {
    long deadline = System.nanoTime() + LONGEST_START_MILLIS * 1_000_000L;
    boolean ended = false;
    while (System.nanoTime() - deadline < 0) {
      if (!ended && !director.isAlive()) {
        ended = true;
        deadline = System.nanoTime() + LONGEST_LOSER_MILLIS * 1_000_000L;
      }
      if (ended ? canConnect(socket) : added(log, logged).endsWith(READY)) {
        return true;
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  private static boolean canConnect(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  private static String lastLine(Path log, long from) throws IOException {
    String added = added(log, from).stripTrailing();
    if (added.isEmpty()) {
      return "it said nothing in ".concat(log.toString());
    }
    String line = added.substring(added.lastIndexOf('\n') + 1);
    return line.startsWith("director: ") ? line.substring("director: ".length()) : line;
  }

  private static String added(Path log, long from) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    int start = (int) Math.min(from, bytes.length);
    return new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
  }
}
