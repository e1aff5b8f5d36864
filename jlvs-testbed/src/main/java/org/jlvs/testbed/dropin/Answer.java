package org.jlvs.testbed.dropin;

/** What a command answers. */
public record Answer(int exitCode, String out, String err) {
  @Override
  public String toString() {
    return "exit code " + exitCode + "\n" + indented(out) + (err.isEmpty() ? "" : indented(err));
  }

  private static String indented(String text) {
    return text.isEmpty() ? "" : text.indent(4);
  }
}
