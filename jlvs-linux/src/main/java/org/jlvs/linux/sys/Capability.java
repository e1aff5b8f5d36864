package org.jlvs.linux.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Rights of a process that the data plane needs, by their kernel names (linux/capability.h). */
public enum Capability {
  CAP_NET_ADMIN(12),
  CAP_NET_RAW(13),
  CAP_IPC_LOCK(14),
  CAP_SYS_ADMIN(21),
  CAP_PERFMON(38),
  CAP_BPF(39);

  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";

  private final long bit;

  Capability(int number) {
    this.bit = 1L << number;
  }

  /** The calling thread's effective rights. Empty when /proc can't be read. */
  public static Set<Capability> effective() {
    try {
      return parse(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return Set.of();
    }
  }

  /**
   * The rights of {@code wanted} that the calling thread lacks. CAP_SYS_ADMIN stands for CAP_BPF
   * and CAP_PERFMON, as in the kernel's {@code bpf_capable}.
   */
  public static Set<Capability> missing(Capability... wanted) {
    Set<Capability> effective = effective();
    Set<Capability> missing = EnumSet.noneOf(Capability.class);
    for (Capability capability : wanted) {
      boolean standsFor =
          (capability == CAP_BPF || capability == CAP_PERFMON) && effective.contains(CAP_SYS_ADMIN);
      if (!effective.contains(capability) && !standsFor) {
        missing.add(capability);
      }
    }
    return missing;
  }

  /**
   * The exception for a call that answered EPERM or EACCES: one that names the missing right, where
   * one is missing.
   */
  public static LinuxException explain(int errno, String context, Capability... wanted) {
    Set<Capability> missing = missing(wanted);
    if (missing.isEmpty() || (errno != Errno.EPERM && errno != Errno.EACCES)) {
      return new LinuxException(errno, context);
    }
    return new UnsupportedFeatureException(
        errno, context, "the process lacks " + String.join(", ", names(missing)));
  }

  static Set<Capability> parse(List<String> status) {
    Set<Capability> effective = EnumSet.noneOf(Capability.class);
    for (String line : status) {
      if (line.startsWith(EFFECTIVE)) {
        long bits = bits(line.substring(EFFECTIVE.length()).strip());
        for (Capability capability : values()) {
          if ((bits & capability.bit) != 0) {
            effective.add(capability);
          }
        }
      }
    }
    return effective;
  }

  private static long bits(String hex) {
    try {
      return Long.parseUnsignedLong(hex, 16);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<String> names(Set<Capability> capabilities) {
    return capabilities.stream().map(Capability::name).toList();
  }
}
