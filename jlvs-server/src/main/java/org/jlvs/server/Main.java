package org.jlvs.server;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jlvs.server.daemon.DirectorMain;
import org.jlvs.server.monitor.LdirectordMain;

/** The commands that run by themselves: {@code director}, {@code ldirectord}, {@code check}. */
public final class Main {
  private static final int MISUSED = 2;

  private Main() {}

  /**
   * @param args the command's name and its arguments
   */
  public static void main(String[] args) throws InterruptedException {
    Logging.begin(System.getenv().getOrDefault(Logging.VARIABLE, ""));
    List<String> words = Arrays.asList(args);
    String command = words.isEmpty() ? "" : words.getFirst();
    List<String> arguments = words.isEmpty() ? words : words.subList(1, words.size());
    int status =
        switch (command) {
          case "director" -> DirectorMain.run(arguments);
          case "ldirectord" -> LdirectordMain.run(arguments, sameAgain("ldirectord"));
          case "check" -> LdirectordMain.check(arguments);
          default -> {
            System.err.println("jlvs: wants director, ldirectord or check, not '" + command + "'");
            yield MISUSED;
          }
        };
    System.exit(status);
  }

  /** A class path for a process elsewhere. */
  private static String absolute(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator))
        .map(element -> Path.of(element).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The words that start this JVM again with this class path, for a process in the background. */
  private static List<String> sameAgain(String command) {
    List<String> words = new ArrayList<>();
    words.add(ProcessHandle.current().info().command().orElse("java"));
    // The launcher's, which are none of the arguments that a process can ask for.
    String flags = System.getenv().getOrDefault("JLVS_MONITOR_FLAGS", "").strip();
    words.addAll(flags.isEmpty() ? List.of() : List.of(flags.split(" +")));
    words.add("--enable-native-access=ALL-UNNAMED");
    words.add("-cp");
    words.add(absolute(System.getProperty("java.class.path")));
    words.add(Main.class.getName());
    words.add(command);
    return words;
  }
}
