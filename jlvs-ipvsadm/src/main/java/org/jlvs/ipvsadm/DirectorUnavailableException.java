package org.jlvs.ipvsadm;

/** Thrown by a director's stand-in when there is none to ask. The message says what to do. */
public final class DirectorUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line for the operator, without the program's name
   */
  public DirectorUnavailableException(String message) {
    super(message);
  }
}
