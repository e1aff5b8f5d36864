package org.jlvs.monitor.log;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneId;

/**
 * A log file. It is opened for each line, so that it can be moved away and made anew at any time.
 * Text goes out as it came in from the configuration: bytes as characters below 256.
 */
public final class FileLog implements MonitorLog {
  private static final System.Logger LOGGER = System.getLogger(FileLog.class.getName());

  private final Path file;
  private final String configuration;
  private final long pid;
  private final InstantSource clock;

  /**
   * @param configuration the configuration's short name
   */
  public FileLog(Path file, String configuration, long pid, InstantSource clock) {
    this.file = file;
    this.configuration = configuration;
    this.pid = pid;
    this.clock = clock;
  }

  @Override
  public synchronized void line(String message) {
    String line =
        LogFormat.fileLine(clock.instant(), ZoneId.systemDefault(), configuration, pid, message);
    try {
      append(file, line);
    } catch (IOException failed) {
      LOGGER.log(Level.WARNING, "cannot write to {0}: {1}; lost: {2}", file, failed, message);
    }
  }

  /** Appends one line to a file, which is made when it isn't there. */
  public static void append(Path file, String line) throws IOException {
    Files.write(
        file,
        (line + "\n").getBytes(StandardCharsets.ISO_8859_1),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
