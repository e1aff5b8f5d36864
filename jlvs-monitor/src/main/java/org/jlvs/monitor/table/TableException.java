package org.jlvs.monitor.table;

/** The table cannot be read or changed now. Its message is one line for the operator. */
public sealed class TableException extends Exception permits RefusedException {
  private static final long serialVersionUID = 1;

  public TableException(String message) {
    super(message);
  }

  public TableException(String message, Throwable cause) {
    super(message, cause);
  }
}
