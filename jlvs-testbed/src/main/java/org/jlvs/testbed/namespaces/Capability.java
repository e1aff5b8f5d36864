package org.jlvs.testbed.namespaces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The rights of capabilities(7) that namespaces and a director need, by their bit number. */
enum Capability {
  CAP_NET_ADMIN(12),
  CAP_NET_RAW(13),
  CAP_SYS_ADMIN(21);

  private final int bit;

  Capability(int bit) {
    this.bit = bit;
  }

  /** Names of those this process does not have in effect. */
  static List<String> missing() {
    long effective = effective();
    return Stream.of(values())
        .filter(capability -> (effective >>> capability.bit & 1) == 0)
        .map(Capability::name)
        .toList();
  }

  private static long effective() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .mapToLong(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
