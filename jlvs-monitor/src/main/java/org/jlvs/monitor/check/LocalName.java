package org.jlvs.monitor.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This host's name, as protocols want it said: {@code HOSTNAME}, or what the kernel knows. */
final class LocalName {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private LocalName() {}

  static String get() {
    String variable = System.getenv().getOrDefault("HOSTNAME", "");
    if (!variable.isEmpty()) {
      return variable;
    }
    try {
      String name = Files.readString(KERNEL).strip();
      return name.isEmpty() ? "localhost" : name;
    } catch (IOException unknown) {
      return "localhost";
    }
  }
}
