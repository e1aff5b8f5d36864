package org.jlvs.monitor.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Texts, and what perl has said of expressions beside what is said here. */
final class RegexpCorpus {
  static final String REFUSED = "ERR";

  private RegexpCorpus() {}

  /** The texts, each character a byte. */
  static List<String> texts() {
    return lines("perl-texts.hex").stream()
        .map(HexFormat.of()::parseHex)
        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
        .toList();
  }

  static List<String> lines(String resource) {
    try (InputStream file = RegexpCorpus.class.getResourceAsStream(resource)) {
      return new String(
              Objects.requireNonNull(file, resource).readAllBytes(), StandardCharsets.ISO_8859_1)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(resource, e);
    }
  }

  /**
   * Empty where the expression means here what it means to perl, or is refused in so many words;
   * otherwise both answers.
   *
   * @param answered an expression, a tab, and perl's answers as {@code regexps.pl} prints them
   */
  static String difference(String answered, List<String> texts) {
    int tab = answered.lastIndexOf('\t');
    String expression = answered.substring(0, tab);
    String perls = answered.substring(tab + 1);
    String ours;
    try {
      ours = answers(PerlRegexp.of(expression).pattern(), texts);
    } catch (PatternSyntaxException e) {
      boolean said =
          e.getDescription().endsWith("is not supported here, though Perl has it")
              || e.getDescription().contains("never matches");
      ours = said ? perls : REFUSED + " " + e.getDescription();
      if (perls.equals(REFUSED)) {
        ours = REFUSED;
      }
    }
    return ours.equals(perls) ? "" : expression + "\n  perl " + perls + "\n  here " + ours;
  }

  private static String answers(Pattern pattern, List<String> texts) {
    StringBuilder answers = new StringBuilder();
    for (String text : texts) {
      answers.append(pattern.matcher(text).find() ? '1' : '0');
    }
    return answers.toString();
  }
}
