package org.jlvs.core.mark;

import org.jspecify.annotations.Nullable;

/** A rule or listing that can't be read. */
public final class RuleSyntaxException extends Exception {
  private final String reason;

  public RuleSyntaxException(String reason) {
    this(reason, null);
  }

  public RuleSyntaxException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
    this.reason = reason;
  }

  /** What is wrong, in one line. */
  public String reason() {
    return reason;
  }
}
