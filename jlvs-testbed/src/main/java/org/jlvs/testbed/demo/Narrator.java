package org.jlvs.testbed.demo;

import java.io.PrintStream;

/** What the demo says and counts: in colour on a terminal, plainly in a pipe. */
final class Narrator {
  private final PrintStream out;
  private final boolean colour;
  private volatile boolean silent;
  private int passed;
  private int failed;

  Narrator(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** Begins a part. */
  void chapter(String title) {
    line("");
    line(coloured("1;36", "== " + title + " =="));
  }

  /** Explains what happens and why. */
  void say(String text) {
    line(text);
  }

  /** Shows a command as typed at a host's prompt. */
  void command(String host, String command) {
    line(coloured("2", host + "# ") + coloured("1", command));
  }

  /** Shows what a command printed. */
  void output(String text) {
    text.stripTrailing().lines().forEach(l -> line("  " + l));
  }

  /**
   * Counts and shows whether a claim holds.
   *
   * @param seen what was seen, shown when it does not
   */
  void check(String claim, boolean holds, String seen) {
    if (silent) {
      return;
    }
    if (holds) {
      passed++;
      line(coloured("32", "  [ok] ") + claim);
    } else {
      failed++;
      line(coloured("1;31", "  [FAILED] ") + claim);
      line("    but: " + seen.strip().replace("\n", "\n         "));
    }
  }

  /** Says nothing any more and counts nothing: what fails now, fails because the demo is ended. */
  void silence() {
    silent = true;
  }

  /** The closing line. */
  void summary() {
    line("");
    line(passed + " passed, " + failed + " failed");
  }

  /** True when every claim held. */
  boolean allHeld() {
    return failed == 0;
  }

  private void line(String text) {
    if (!silent) {
      out.println(text);
      out.flush();
    }
  }

  private String coloured(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
