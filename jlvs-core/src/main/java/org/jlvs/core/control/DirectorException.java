package org.jlvs.core.control;

/** A request that the director refuses. Nothing has changed. */
public final class DirectorException extends Exception {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  /**
   * @param errno what the kernel would answer
   * @param message names the thing, its value and what was expected
   */
  public DirectorException(Errno errno, String message) {
    super(message);
    this.errno = errno;
  }

  public Errno errno() {
    return errno;
  }
}
