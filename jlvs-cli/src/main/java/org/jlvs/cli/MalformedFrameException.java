package org.jlvs.cli;

import java.io.IOException;

/** Bytes on the control socket that the protocol does not know. */
public final class MalformedFrameException extends IOException {
  private static final long serialVersionUID = 1;

  public MalformedFrameException(String message) {
    super(message);
  }
}
