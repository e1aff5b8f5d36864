package org.jlvs.server.marks;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Runs the host's tools with bounded time and output. Their namespace is the calling thread's. */
final class Tool {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int MAX_OUTPUT = 64 << 20;
  private static final int MAX_ERROR_TEXT = 4096;

  private final List<Path> folders;

  /**
   * @param folders where tools are looked for, in this order
   */
  Tool(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  /** The folders of PATH, and those of the superuser, which PATH may lack. */
  static List<Path> usualFolders() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator)),
            Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"))
        .filter(folder -> !folder.isEmpty())
        .distinct()
        .map(Path::of)
        .toList();
  }

  boolean isInstalled(String name) {
    return find(name).isPresent();
  }

  private Optional<Path> find(String name) {
    return folders.stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Runs a tool and waits for its end.
   *
   * @return what it printed
   * @throws IOException if it is not there, fails, or needs too long or prints too much; the
   *     message names the command and the reason
   */
  String run(String... command) throws IOException {
    String line = String.join(" ", command);
    Path program = find(command[0]).orElseThrow(() -> new IOException(line + ": not installed"));
    String[] words = command.clone();
    words[0] = program.toString();
    Process process = new ProcessBuilder(words).redirectInput(new File("/dev/null")).start();
    AtomicReference<String> stopped = new AtomicReference<>("");
    CompletableFuture.delayedExecutor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> stop(process, stopped, "not done after " + LIMIT.toSeconds() + " s"));
    try {
      CompletableFuture<String> errors = errorText(process);
      String out = output(process, stopped);
      int exit = process.waitFor();
      if (!stopped.get().isEmpty()) {
        throw new IOException(line + ": " + stopped.get());
      }
      if (exit != 0) {
        throw new IOException(line + ": exit code " + exit + ": " + errors.join().strip());
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(line + ": interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void stop(Process process, AtomicReference<String> stopped, String reason) {
    if (process.isAlive()) {
      stopped.compareAndSet("", reason);
      process.destroyForcibly();
    }
  }

  private static String output(Process process, AtomicReference<String> stopped)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (InputStream in = process.getInputStream()) {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        if (out.size() > MAX_OUTPUT) {
          stop(process, stopped, "more than " + (MAX_OUTPUT >> 20) + " MiB of output");
          break;
        }
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The beginning of what it writes to its error output; the rest is read and forgotten. */
  private static CompletableFuture<String> errorText(Process process) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (InputStream in = process.getErrorStream()) {
                byte[] beginning = in.readNBytes(MAX_ERROR_TEXT);
                in.transferTo(OutputStream.nullOutputStream());
                text.complete(new String(beginning, StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.complete(String.valueOf(e.getMessage()));
              }
            });
    return text;
  }
}
