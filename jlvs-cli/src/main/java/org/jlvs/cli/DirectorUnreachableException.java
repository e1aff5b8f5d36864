package org.jlvs.cli;

import java.io.IOException;

/** No director could be asked. The message says why and what to do. */
public final class DirectorUnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean forbidden;

  DirectorUnreachableException(String message, boolean forbidden, Throwable cause) {
    super(message, cause);
    this.forbidden = forbidden;
  }

  /** Whether there may well be one, which this user may not ask. */
  public boolean isForbidden() {
    return forbidden;
  }
}
