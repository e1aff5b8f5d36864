package org.jlvs.linux.bpf;

import java.io.IOException;

/** The bytes are no BPF object, or one that uses what this loader doesn't support. */
public final class BpfObjectFormatException extends IOException {
  private static final long serialVersionUID = 1;

  BpfObjectFormatException(String message) {
    super(message);
  }
}
