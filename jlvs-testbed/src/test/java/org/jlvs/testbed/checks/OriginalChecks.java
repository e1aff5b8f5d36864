package org.jlvs.testbed.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * What Debian's ldirectord makes of servers: it runs in its debugging mode, in which it takes an
 * {@code ipvsadm} of its current folder, here one that does nothing.
 */
final class OriginalChecks {
  static final Path PROGRAM = Path.of("/usr/sbin/ldirectord");

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private OriginalChecks() {}

  /**
   * Lets it look at each server.
   *
   * @param sections of virtual servers, as {@link CheckCase#section} numbers them
   * @return whether the server of each was up in the end
   */
  static List<Boolean> judge(Host host, Path folder, List<String> sections) throws IOException {
    Path rounds = folder.resolve("rounds");
    script(folder.resolve("ipvsadm"), "exit 0");
    Path last = script(folder.resolve("round"), "echo >> " + rounds);
    StringBuilder text = new StringBuilder("checktimeout=3\nnegotiatetimeout=3\ncheckinterval=1\n");
    List<Path> states = new ArrayList<>();
    for (String section : sections) {
      states.add(folder.resolve("state" + states.size()));
      text.append('\n')
          .append(section)
          .append("\tmonitorfile=")
          .append(states.getLast())
          .append('\n');
    }
    text.append("\nvirtual=10.8.0.1:9\n\treal=127.0.0.1:9 masq\n\tchecktype=external\n")
        .append("\tcheckcommand=")
        .append(last)
        .append('\n');
    Path file = Files.writeString(folder.resolve("original.cf"), text.toString());
    Background monitor =
        host.start("sh", "-c", "cd " + folder + " && exec " + PROGRAM + " -d " + file + " start");
    boolean looked = Waiting.until(LIMIT, () -> !monitor.isAlive() || !lines(rounds).isEmpty());
    assertThat(looked && monitor.isAlive())
        .as("ldirectord looks at all servers: %s", monitor.output())
        .isTrue();
    monitor.kill();
    List<Boolean> verdicts = new ArrayList<>();
    for (Path state : states) {
      List<String> lines = lines(state);
      assertThat(lines).as("%s: %s", state, monitor.output()).isNotEmpty();
      verdicts.add(lines.getLast().contains("[up]"));
    }
    return verdicts;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path script(Path file, String command) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + command + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
