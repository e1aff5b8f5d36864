package org.jlvs.monitor.config;

/**
 * Something about one place of a configuration file.
 *
 * @param line from 1
 * @param column from 1, in bytes
 * @param message the value, what was expected, what to do; control characters become question
 *     marks, so that a file that is no text can't steer the terminal
 */
public record Problem(int line, int column, String message) {
  public Problem {
    message = message.replaceAll("\\p{Cc}", "?");
  }

  @Override
  public String toString() {
    return "line " + line + ", column " + column + ": " + message;
  }
}
