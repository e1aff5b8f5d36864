package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Command;

/** The processor on which everything that is measured runs. */
final class Processor {
  private static final Path PROC = Path.of("/proc");

  /** Its number: the last one, as the first has most of the machine's interrupts. */
  static final int NUMBER = Runtime.getRuntime().availableProcessors() - 1;

  private Processor() {}

  /**
   * Keeps the calling platform thread on it, and lets it go before whatever else the machine does,
   * which is not to be measured.
   */
  static void pinThisThread() {
    try {
      String thread = Files.readSymbolicLink(PROC.resolve("thread-self")).getFileName().toString();
      Command.require("taskset", "-pc", Integer.toString(NUMBER), thread);
      Command.require("renice", "-n", "-20", "-p", thread);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it calls itself. */
  static String model() {
    try (Stream<String> lines = Files.lines(PROC.resolve("cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown processor");
    } catch (IOException e) {
      return "unknown processor";
    }
  }

  /** How many threads of the machine wanted to run in the last minute. */
  static double load() {
    try {
      return Double.parseDouble(Files.readString(PROC.resolve("loadavg")).split(" ")[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
