package org.jlvs.monitor.check;

import java.io.IOException;

/** What libraries wrap into exceptions of their own. */
final class Causes {
  private static final int DEEPEST = 10;

  private Causes() {}

  /** Throws the first {@link IOException} among the causes, which says what went wrong best. */
  static void rethrow(Throwable failed) throws IOException {
    Throwable cause = failed.getCause();
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof IOException io) {
        throw io;
      }
      cause = cause.getCause();
    }
  }
}
