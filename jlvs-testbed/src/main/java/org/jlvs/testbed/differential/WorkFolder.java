package org.jlvs.testbed.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder for jobs and traces: the user's, which stays, or a temporary one, which goes. */
public record WorkFolder(Path path, boolean temporary) implements AutoCloseable {
  /**
   * @param keep the user's folder, made if need be; empty for a temporary one
   */
  public static WorkFolder open(Optional<Path> keep) throws IOException {
    if (keep.isPresent()) {
      return new WorkFolder(Files.createDirectories(keep.get()).toRealPath(), false);
    }
    return new WorkFolder(Files.createTempDirectory("jlvs-differential"), true);
  }

  @Override
  public void close() throws IOException {
    if (!temporary) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
