package org.jlvs.server.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The right to be the director of a network namespace: a lock on a file, which the kernel takes
 * back from a process however it ends. The file holds the owner's process id; a director that ends
 * in order removes it.
 */
final class NamespaceLock implements AutoCloseable {
  private static final int TRIES = 100;

  private final FileChannel file;
  private final Path path;

  private NamespaceLock(FileChannel file, Path path) {
    this.file = file;
    this.path = path;
  }

  /**
   * @throws IOException when another process has it, which the message names
   */
  static NamespaceLock acquire(Path path) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      Object before = identity(path);
      FileChannel file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (tryLock(file) == null) {
          throw new IOException(
              "a director already runs in this network namespace (pid " + read(file) + ")");
        }
        if (before != null && before.equals(identity(path))) {
          file.truncate(0);
          String pid = ProcessHandle.current().pid() + "\n";
          file.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
          return new NamespaceLock(file, path);
        }
        // It was made just now, or its earlier owner removed it after it was opened here, and then
        // the lock is on no name: only one that was there before and after is the one that counts.
        file.close();
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }
    throw new IOException("directors come and go in this network namespace, " + path + " changes");
  }

  /**
   * Tells files of one name apart, without opening them: closing any descriptor of a file gives the
   * process' lock on it back. Null for none.
   */
  private static @Nullable Object identity(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException _) {
      // This very process has it.
      return null;
    }
  }

  private static String read(FileChannel file) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(32);
    int length = Math.max(0, file.read(content, 0));
    return new String(content.array(), 0, length, StandardCharsets.US_ASCII).strip();
  }

  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(path);
    } finally {
      file.close();
    }
  }
}
