package org.jlvs.server.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;

/**
 * The file that a director's state is kept in: JSON with a format version, replaced as a whole so
 * that a reader finds the old or the new one, never a half. Not for sharing between threads.
 */
public final class StateFile {
  private static final int FORMAT = 1;

  private record Content(int format, DirectorState state) {}

  private final Path file;

  public StateFile(Path file) {
    this.file = file;
  }

  public Path path() {
    return file;
  }

  /**
   * The state last written; empty when there is none.
   *
   * @throws IOException also when the file is not one of ours, or of another format; the message
   *     says which
   */
  public Optional<DirectorState> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Content content = DirectorJson.MAPPER.readValue(Files.readAllBytes(file), Content.class);
      if (content == null || content.format() != FORMAT) {
        throw new IOException(file + " is not a director's state of format " + FORMAT);
      }
      return Optional.of(content.state());
    } catch (JacksonException | IllegalArgumentException e) {
      throw new IOException(file + " is not a director's state: " + DirectorJson.reason(e), e);
    }
  }

  /** Replaces the file. */
  public void write(DirectorState state) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    byte[] bytes = DirectorJson.MAPPER.writeValueAsBytes(new Content(FORMAT, state));
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes the file, for a director that ends for good. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
