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
    String pid = ProcessHandle.current().pid() + "\n";
    for (int i = 0; i < TRIES; i++) {
      FileChannel file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (tryLock(file) == null) {
          throw new IOException(
              "a director already runs in this network namespace (pid " + read(file) + ")");
        }
        file.truncate(0);
        file.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
        if (isAt(path, pid)) {
          return new NamespaceLock(file, path);
        }
        // Its earlier owner removed the file after it was opened here: the lock is on no name.
        file.close();
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }
    throw new IOException("directors come and go in this network namespace, " + path + " changes");
  }

  private static boolean isAt(Path path, String content) throws IOException {
    try {
      return Files.readString(path, StandardCharsets.US_ASCII).equals(content);
    } catch (NoSuchFileException _) {
      return false;
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
