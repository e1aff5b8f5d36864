package org.jlvs.monitor.check;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What libraries wrap into exceptions of their own. */
final class Causes {
  private static final int DEEPEST = 10;

  private Causes() {}

  /**
   * Throws the {@link IOException} among the causes that says best what went wrong: the deepest,
   * but of TLS the first, as those below it are about its machinery.
   */
  static void rethrow(Throwable failed) throws IOException {
    @Nullable IOException best = null;
    @Nullable Throwable cause = failed.getCause();
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof IOException io) {
        best = io;
      }
      cause = cause instanceof SSLException ? null : cause.getCause();
    }
    if (best != null) {
      throw best;
    }
  }
}
