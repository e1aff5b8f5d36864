package org.jlvs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where the director of a network namespace listens. */
public final class ControlSocket {
  private static final String DEFAULT_DIRECTORY = "/run/jlvs";

  private ControlSocket() {}

  /** The folder of sockets: {@code JLVS_RUN_DIR}, or {@code /run/jlvs}. */
  public static Path directory(Map<String, String> environment) {
    String chosen = environment.getOrDefault("JLVS_RUN_DIR", "");
    return Path.of(chosen.isEmpty() ? DEFAULT_DIRECTORY : chosen);
  }

  /** The socket of this process' network namespace, named by the namespace's inode. */
  public static Path ofThisNamespace() throws IOException {
    return directory(System.getenv()).resolve("net-".concat(namespaceInode()).concat(".sock"));
  }

  private static String namespaceInode() throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
    if (!link.startsWith("net:[") || !link.endsWith("]")) {
      throw new IOException(
          "/proc/self/ns/net is a link to \"" + link + "\", not to net:[inode]: is /proc mounted?");
    }
    return link.substring("net:[".length(), link.length() - 1);
  }
}
