package org.jlvs.monitor.table;

/** The director was asked and will not make a change; asking for less of it may go well. */
public final class RefusedException extends TableException {
  private static final long serialVersionUID = 1;

  public RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
