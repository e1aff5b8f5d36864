package org.jlvs.monitor.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This host's name, as protocols want it said. */
public final class LocalName {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private LocalName() {}

  /** {@code HOSTNAME} of the environment, or what the kernel knows. */
  static String get() {
    String variable = System.getenv().getOrDefault("HOSTNAME", "");
    return variable.isEmpty() ? ofKernel() : variable;
  }

  /** What the kernel knows. */
  public static String ofKernel() {
    try {
      String name = Files.readString(KERNEL).strip();
      return name.isEmpty() ? "localhost" : name;
    } catch (IOException unknown) {
      return "localhost";
    }
  }
}
