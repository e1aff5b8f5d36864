package org.jlvs.linux.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** CPUs the kernel keeps per-CPU values for, whether they are there or not. */
public final class PossibleCpus {
  private PossibleCpus() {}

  private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");
  private static final int COUNT = read();

  /** One more than the highest possible CPU number. */
  public static int count() {
    return COUNT;
  }

  /** Reads a CPU list such as {@code 0-3} or {@code 0,2-7}; 0 when it isn't one. */
  static int parse(String list) {
    int highest = -1;
    for (String range : list.strip().split(",", -1)) {
      String last = range.substring(range.lastIndexOf('-') + 1);
      if (!last.matches("\\d{1,6}")) {
        return 0;
      }
      highest = Math.max(highest, Integer.parseInt(last));
    }
    return highest + 1;
  }

  private static int read() {
    try {
      int count = parse(Files.readString(POSSIBLE));
      if (count > 0) {
        return count;
      }
    } catch (IOException e) {
      // Without sysfs the running CPUs are the best guess there is.
    }
    return Runtime.getRuntime().availableProcessors();
  }
}
