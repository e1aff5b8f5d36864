package org.jlvs.linux.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.linux.internal.Libc;

/**
 * The running kernel's version, from uname(2).
 *
 * @param release all of it, as in {@code 6.1.0-18-amd64}
 */
public record KernelVersion(int major, int minor, String release) {
  private static final Pattern RELEASE = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");
  private static final int FIELD_BYTES = 65;
  private static final int FIELDS = 6;
  private static final int RELEASE_FIELD = 2;

  public static KernelVersion current() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment names = arena.allocate(FIELDS * FIELD_BYTES);
      LinuxException.check(Libc.uname(names), "uname");
      return parse(names.getString(RELEASE_FIELD * FIELD_BYTES));
    }
  }

  /** Reads {@code major.minor…}; what can't be read counts as 0.0. */
  static KernelVersion parse(String release) {
    Matcher matcher = RELEASE.matcher(release);
    return matcher.matches()
        ? new KernelVersion(
            Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), release)
        : new KernelVersion(0, 0, release);
  }

  public boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  @Override
  public String toString() {
    return release;
  }
}
