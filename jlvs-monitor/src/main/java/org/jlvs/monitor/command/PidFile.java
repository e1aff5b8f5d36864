package org.jlvs.monitor.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/**
 * The file that says which process runs a configuration. That process holds a lock on it, so that a
 * number left behind and since given to another process misleads nobody; of a file without a lock
 * (the original's) the process's command line decides.
 */
final class PidFile {
  private final Path path;

  PidFile(Path runDirectory, String name) {
    this.path = runDirectory.resolve("ldirectord." + name + ".pid");
  }

  Path path() {
    return path;
  }

  /** The process that runs the configuration now. */
  OptionalLong runningPid() {
    long pid;
    try {
      pid = Long.parseLong(Files.readString(path, StandardCharsets.ISO_8859_1).strip());
    } catch (IOException | NumberFormatException none) {
      return OptionalLong.empty();
    }
    if (pid <= 1 || ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
      return OptionalLong.empty();
    }
    return locked() || isLdirectord(pid) ? OptionalLong.of(pid) : OptionalLong.empty();
  }

  /** Whether the file names a process, though none runs the configuration. */
  boolean isStale() {
    try {
      return runningPid().isEmpty() && Files.size(path) > 0;
    } catch (IOException none) {
      return false;
    }
  }

  private boolean locked() {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException held) {
      return true;
    } catch (IOException unknown) {
      return false;
    }
  }

  private static boolean isLdirectord(long pid) {
    try {
      byte[] line = Files.readAllBytes(Path.of("/proc", String.valueOf(pid), "cmdline"));
      String command = new String(line, StandardCharsets.ISO_8859_1);
      return pid != ProcessHandle.current().pid() && command.contains("/ldirectord\0");
    } catch (IOException gone) {
      return false;
    }
  }

  /**
   * Locks the file for this process, which is not taken to run until it says so by {@link
   * Held#publish}.
   *
   * @throws IOException if another process holds it, or it cannot be written
   */
  Held hold() throws IOException {
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException("another process holds " + path);
      }
      channel.truncate(0);
      return new Held(channel, path);
    } catch (OverlappingFileLockException held) {
      channel.close();
      throw new IOException("this process holds " + path + " already", held);
    } catch (IOException failed) {
      channel.close();
      throw failed;
    }
  }

  /** The file while this process runs; closing removes it. */
  record Held(FileChannel channel, Path path) implements AutoCloseable {

    /** Says that process {@code pid} runs the configuration from now on. */
    void publish(long pid) throws IOException {
      channel.write(ByteBuffer.wrap((pid + "\n").getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Override
    public void close() throws IOException {
      Files.deleteIfExists(path);
      channel.close();
    }
  }
}
