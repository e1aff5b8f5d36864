package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * Debian's ldirectord, as it is but on jlvs' ipvsadm, and jlvs' own, by command lines on the same
 * director's host. What they write goes into a folder of each, as each sees it.
 */
final class TwoLdirectords {
  private static final Path ORIGINAL = Path.of("/usr/sbin/ldirectord");

  /** For two programs that check every second, of which one is Perl that starts a JVM a command. */
  private static final Duration NOTICED = Duration.ofMinutes(2);

  /** One of the two. */
  enum Which {
    ORIGINAL,
    OURS
  }

  private final DirectorLab lab;
  private final Which which;
  private final Map<Path, Path> replaced = new HashMap<>();
  private final Path folder;

  /**
   * @param more files and folders that the program sees in the place of others
   */
  TwoLdirectords(DirectorLab lab, Which which, Map<Path, Path> more) throws IOException {
    assumeTrue(Files.isExecutable(ORIGINAL), () -> ORIGINAL + " is not installed");
    this.lab = lab;
    this.which = which;
    this.folder = Files.createDirectory(lab.directory().resolve("of-" + which));
    replaced.put(Path.of("/var/log"), Files.createDirectories(folder.resolve("var/log")));
    replaced.put(Path.of("/etc/ha.d"), Files.createDirectories(folder.resolve("etc")));
    replaced.putAll(lab.originalsReplaced(List.of("ipvsadm")));
    replaced.putAll(more);
  }

  /** Where the file of this name in {@code /etc/ha.d} is. */
  Path configuration(String name) {
    return folder.resolve("etc").resolve(name);
  }

  /** The lines that the default log file has, without times and process ids. */
  List<String> log() throws IOException {
    Path file = folder.resolve("var/log/ldirectord.log");
    List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
    return lines.stream().map(line -> line.replaceFirst("^\\[[^]]*\\] ", "")).toList();
  }

  boolean logHas(String line) {
    try {
      return log().contains(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command line of it, as {@code nohup} would: a monitor heeds HUP all the same. */
  Command.Result run(String... words) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
    command.addAll(
        switch (which) {
          case ORIGINAL -> List.of(ORIGINAL.toString());
          case OURS -> DirectorLab.serverCommand("ldirectord");
        });
    command.addAll(Arrays.asList(words));
    return lab.onDirectorWith(replaced, command);
  }

  /** Runs any command that sees what it sees. */
  Command.Result beside(String... words) {
    return lab.onDirectorWith(replaced, List.of(words));
  }

  /** Waits for something that the running program has to bring about. */
  void await(String what, BooleanSupplier condition) throws IOException {
    assertThat(Waiting.until(NOTICED, condition))
        .as("%s: %s; the log is:\n%s", which, what, String.join("\n", log()))
        .isTrue();
  }
}
