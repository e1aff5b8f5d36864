package org.jlvs.cli;

import java.io.IOException;

/** No director could be asked. The message says why and what to do. */
public final class DirectorUnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  DirectorUnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
