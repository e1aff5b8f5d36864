package org.jlvs.ipvsadm;

/** A command line that is refused before anything is asked of the director. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final boolean endsRestore;

  /** A misuse that ends the program with exit code 2, also in the middle of a restore. */
  UsageException(String message) {
    this(message, 2, true);
  }

  /**
   * @param endsRestore whether the lines after this one are not read
   */
  UsageException(String message, int exitCode, boolean endsRestore) {
    super(message, null, false, false);
    this.exitCode = exitCode;
    this.endsRestore = endsRestore;
  }

  int exitCode() {
    return exitCode;
  }

  boolean endsRestore() {
    return endsRestore;
  }
}
