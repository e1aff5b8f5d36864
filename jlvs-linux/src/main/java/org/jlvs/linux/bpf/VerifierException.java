package org.jlvs.linux.bpf;

import org.jlvs.linux.sys.LinuxException;

/** The kernel refused a program; its message ends with the verifier's reason. */
public final class VerifierException extends LinuxException {
  private static final long serialVersionUID = 1;
  private static final int REASON_LINES = 4;

  private final String log;

  VerifierException(int errno, String context, String log) {
    super(errno, context + " refused by the verifier (" + reason(log) + ")");
    this.log = log;
  }

  /** All that the verifier wrote. */
  public String log() {
    return log;
  }

  /** The last lines before the verifier's own statistics: there it says why. */
  private static String reason(String log) {
    var lines =
        log.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("processed "))
            .toList();
    return String.join("; ", lines.subList(Math.max(0, lines.size() - REASON_LINES), lines.size()));
  }
}
