package org.jlvs.monitor.config;

import java.util.regex.PatternSyntaxException;

/**
 * What {@code (?imsxn-imsxn)} and {@code (?^...)} have set where an expression has got to.
 *
 * @param extended 0, 1 for {@code x} or 2 for {@code xx}
 * @param rules which bytes from 0x80 on are letters: {@code d}, {@code u} or {@code a}
 */
record PerlModifiers(
    boolean ignoreCase,
    boolean multiline,
    boolean singleLine,
    int extended,
    boolean noCapture,
    char rules) {

  static PerlModifiers initial(boolean unicode) {
    return new PerlModifiers(false, false, false, 0, false, unicode ? 'u' : 'd');
  }

  /** Whether classes and {@code \b} go by Latin 1 rather than ASCII. */
  boolean unicodeClasses() {
    return rules == 'u';
  }

  /** These with the letters between {@code from} and {@code to} in the source carried out. */
  PerlModifiers changedBy(String source, int from, int to, boolean unicode) {
    PerlModifiers now = this;
    boolean on = true;
    char charset = 0;
    for (int at = from; at < to; at++) {
      char letter = source.charAt(at);
      if (letter == 'l' && on) {
        throw new PatternSyntaxException(
            "the modifier l is not supported here, though Perl has it", source, at);
      }
      boolean again = on && at > from && source.charAt(at - 1) == letter;
      if (letter == '^' && at == from) {
        now = initial(unicode);
      } else if (letter == '-' && on && source.charAt(from) != '^') {
        on = false;
      } else if ("adu".indexOf(letter) >= 0 && on) {
        if (charset != 0 && (charset != letter || letter != 'a' || !again)) {
          throw unknown(source, at);
        }
        // A third "a" is one too many.
        charset = again ? 'A' : letter;
        now = now.withRules(letter == 'd' && unicode ? 'u' : letter);
      } else if ("imsxn".indexOf(letter) >= 0) {
        now = now.with(letter, on, again);
      } else if ("pgoc".indexOf(letter) < 0) {
        // These four say nothing within an expression; Perl warns of them at most.
        throw unknown(source, at);
      }
    }
    return now;
  }

  private PerlModifiers with(char letter, boolean on, boolean again) {
    return new PerlModifiers(
        letter == 'i' ? on : ignoreCase,
        letter == 'm' ? on : multiline,
        letter == 's' ? on : singleLine,
        letter != 'x' ? extended : !on ? 0 : again ? 2 : 1,
        letter == 'n' ? on : noCapture,
        rules);
  }

  private PerlModifiers withRules(char letter) {
    return new PerlModifiers(ignoreCase, multiline, singleLine, extended, noCapture, letter);
  }

  /**
   * The letters that set exactly this in Java, whatever was set before; blanks and comments, groups
   * and classes are the translation's business.
   */
  String inJava() {
    StringBuilder on = new StringBuilder();
    StringBuilder off = new StringBuilder();
    (ignoreCase ? on : off).append('i');
    (multiline ? on : off).append('m');
    (singleLine ? on : off).append('s');
    (rules == 'u' || rules == 'a' ? on : off).append('u');
    (rules == 'u' ? on : off).append('U');
    return off.isEmpty() ? on.toString() : on + "-" + off;
  }

  private static PatternSyntaxException unknown(String source, int at) {
    return new PatternSyntaxException(
        "the modifier " + source.charAt(at) + " can't stand here", source, at);
  }
}
