package org.jlvs.monitor.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A Perl regular expression as {@code receive=} gives it, over bytes, each a character below 256.
 *
 * <p>The two languages share nearly everything. Rewritten are: a brace that begins no quantifier (a
 * literal in Perl, as in {@code {"status":"ok"}}), POSIX classes such as {@code [[:digit:]]},
 * {@code [} and {@code &&} within a class (literals in Perl), and backslashes before letters that
 * are no escapes (also {@code \Q} and {@code \E}: Perl knows them in its own source only). Refused,
 * because Java has nothing like them: recursion, conditionals, backtracking verbs, code blocks,
 * branch reset, {@code \K}, {@code \g}.
 */
public record PerlRegexp(String source, Pattern pattern) {
  /** Letters that mean something after a backslash, the same in both languages. */
  private static final String ESCAPES = "tnrfaecxdDhHsSvVwWbBAGZzRXpPk";

  /**
   * @throws PatternSyntaxException if it is no regular expression, or one that cannot be had here
   */
  public static PerlRegexp of(String source) {
    return new PerlRegexp(source, Pattern.compile(translate(source), Pattern.UNIX_LINES));
  }

  /** Equal when the source is: patterns have no equality of their own. */
  @Override
  public boolean equals(Object other) {
    return other instanceof PerlRegexp that && source.equals(that.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }

  private static String translate(String source) {
    StringBuilder java = new StringBuilder(source.length() + 8);
    int at = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c == '\\' && at + 1 < source.length()) {
        at = copyEscape(source, at, java);
      } else if (c == '[') {
        at = copyClass(source, at, java);
      } else if (c == '{' && !isQuantifier(source, at)) {
        java.append("\\{");
        at++;
      } else {
        refuseUnsupportedGroup(source, at);
        java.append(c);
        at++;
      }
    }
    return java.toString();
  }

  private static int copyEscape(String source, int at, StringBuilder java) {
    char escaped = source.charAt(at + 1);
    if ("Kgo".indexOf(escaped) >= 0) {
      throw new PatternSyntaxException(
          "\\" + escaped + " is not supported here, though Perl has it", source, at);
    }
    int end = at + 2;
    if (escaped == 'N') {
      java.append("[^\\n]");
      return end;
    }
    appendEscape(escaped, java);
    // \x{41}, \p{Alpha}, \k{name}: braces that belong to the escape
    if ("xpPk".indexOf(escaped) >= 0 && end < source.length() && source.charAt(end) == '{') {
      int close = source.indexOf('}', end);
      if (close > 0) {
        String inner = source.substring(end + 1, close);
        java.append(escaped == 'k' ? "<" + inner + ">" : "{" + inner + "}");
        end = close + 1;
      }
    }
    return end;
  }

  /** A letter that is no escape means itself in Perl, and Q, E, U and L are none here. */
  private static void appendEscape(char escaped, StringBuilder java) {
    boolean letter = (escaped | 0x20) >= 'a' && (escaped | 0x20) <= 'z';
    if (!letter || ESCAPES.indexOf(escaped) >= 0) {
      java.append('\\');
    }
    java.append(escaped);
  }

  private static int copyClass(String source, int start, StringBuilder java) {
    int at = start + 1;
    java.append('[');
    if (at < source.length() && source.charAt(at) == '^') {
      java.append('^');
      at++;
    }
    boolean first = true;
    while (at < source.length() && (first || source.charAt(at) != ']')) {
      char c = source.charAt(at);
      first = false;
      if (c == '\\' && at + 1 < source.length()) {
        char escaped = source.charAt(at + 1);
        if (escaped == 'b') {
          java.append("\\x08");
        } else {
          appendEscape(escaped, java);
        }
        at += 2;
      } else if (c == '[' && posixClassEnd(source, at) > 0) {
        int end = posixClassEnd(source, at);
        java.append(posixClass(source, at + 2, end));
        at = end + 2;
      } else {
        if (c == '[' || c == '&' || c == ']') {
          java.append('\\');
        }
        java.append(c);
        at++;
      }
    }
    if (at >= source.length()) {
      throw new PatternSyntaxException("the class that begins here has no ]", source, start);
    }
    java.append(']');
    return at + 1;
  }

  /** Where {@code :]} ends the name that {@code [:} begins; -1 where nothing of the kind stands. */
  private static int posixClassEnd(String source, int at) {
    if (!source.startsWith("[:", at)) {
      return -1;
    }
    int end = source.startsWith("^", at + 2) ? at + 3 : at + 2;
    while (end < source.length() && Character.isLetter(source.charAt(end))) {
      end++;
    }
    return source.startsWith(":]", end) ? end : -1;
  }

  private static String posixClass(String source, int from, int to) {
    boolean negated = from < to && source.charAt(from) == '^';
    String name = source.substring(negated ? from + 1 : from, to);
    String java =
        switch (name) {
          case "alpha" -> "Alpha}";
          case "digit" -> "Digit}";
          case "alnum" -> "Alnum}";
          case "upper" -> "Upper}";
          case "lower" -> "Lower}";
          case "punct" -> "Punct}";
          case "graph" -> "Graph}";
          case "print" -> "Print}";
          case "blank" -> "Blank}";
          case "cntrl" -> "Cntrl}";
          case "xdigit" -> "XDigit}";
          case "space" -> "Space}";
          case "ascii" -> "ASCII}";
          case "word" -> "";
          default ->
              throw new PatternSyntaxException(
                  "there is no POSIX class [:" + name + ":]", source, from);
        };
    if (java.isEmpty()) {
      return negated ? "\\W" : "\\w";
    }
    return (negated ? "\\P{" : "\\p{") + java;
  }

  private static boolean isQuantifier(String source, int at) {
    if (at == 0) {
      return false;
    }
    int end = at + 1;
    int digits = 0;
    while (end < source.length()
        && (Character.isDigit(source.charAt(end)) || source.charAt(end) == ',')) {
      digits += source.charAt(end) == ',' ? 0 : 1;
      end++;
    }
    return digits > 0
        && end < source.length()
        && source.charAt(end) == '}'
        && source.charAt(at + 1) != ','
        && source.substring(at, end).chars().filter(c -> c == ',').count() < 2;
  }

  private static void refuseUnsupportedGroup(String source, int at) {
    if (source.charAt(at) != '(' || at + 2 >= source.length()) {
      return;
    }
    char next = source.charAt(at + 1);
    char kind = source.charAt(at + 2);
    boolean group = next == '?' && ("R&(|{+".indexOf(kind) >= 0 || Character.isDigit(kind));
    if (group || next == '*') {
      throw new PatternSyntaxException(
          "a group (" + next + kind + " is not supported here, though Perl has it", source, at);
    }
  }
}
