package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of a process that runs (proc(5)). */
record ProcessFigures(long pid) {
  /** Of the times in {@code /proc/PID/stat}: USER_HZ, which is 100 on every Linux. */
  private static final double TICKS_A_SECOND = 100;

  /** Fields of {@code stat} after the program's name: utime, stime. */
  private static final int USER_TIME = 11;

  private static final int SYSTEM_TIME = 12;

  /** A number of its {@code status}, such as {@code VmRSS}; 0 when it has just ended. */
  long kilobytes(String name) {
    try (var lines = Files.lines(file("status"))) {
      return lines
          .filter(line -> line.startsWith(name + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  /** Processor time of all its threads so far, in seconds; that of its children is not in it. */
  double processorSeconds() {
    try {
      String stat = Files.readString(file("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
      return ticks / TICKS_A_SECOND;
    } catch (IOException e) {
      throw new UncheckedIOException("process " + pid + " has ended", e);
    }
  }

  private Path file(String name) {
    return Path.of("/proc", Long.toString(pid), name);
  }
}
