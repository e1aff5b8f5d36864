package org.jlvs.monitor.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A Perl regular expression as {@code receive=} gives it, over bytes, each a character below 256.
 *
 * <p>It means what it means to perl 5.36; {@link PerlTranslator} says how, and what is refused.
 */
public record PerlRegexp(String source, Pattern pattern) {

  /**
   * @throws PatternSyntaxException if it is no regular expression, or one that cannot be had here
   */
  public static PerlRegexp of(String source) {
    String java = PerlTranslator.translate(source);
    try {
      return new PerlRegexp(source, Pattern.compile(java, Pattern.UNIX_LINES));
    } catch (PatternSyntaxException e) {
      // Its place is one in the translation, which nobody has written.
      throw new PatternSyntaxException(e.getDescription(), source, -1);
    }
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
}
