package org.jlvs.monitor.config;

import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/**
 * Which bytes belong to Perl's classes and properties: ASCII alone, or Latin 1 as Unicode has it.
 */
final class PerlBytes {
  private static final int BYTES = 256;

  private static final Set<String> CATEGORIES =
      Set.of(
          "l", "lu", "ll", "lt", "lm", "lo", "lc", "m", "mn", "mc", "me", "n", "nd", "nl", "no",
          "p", "pc", "pd", "ps", "pe", "pi", "pf", "po", "s", "sm", "sc", "sk", "so", "z", "zs",
          "zl", "zp", "c", "cc", "cf", "co", "cs", "cn");

  private static final Map<String, String> LONG_NAMES =
      Map.ofEntries(
          Map.entry("letter", "l"),
          Map.entry("l&", "lc"),
          Map.entry("casedletter", "lc"),
          Map.entry("uppercaseletter", "lu"),
          Map.entry("lowercaseletter", "ll"),
          Map.entry("titlecaseletter", "lt"),
          Map.entry("otherletter", "lo"),
          Map.entry("mark", "m"),
          Map.entry("number", "n"),
          Map.entry("decimalnumber", "nd"),
          Map.entry("punctuation", "p"),
          Map.entry("punct", "p"),
          Map.entry("symbol", "s"),
          Map.entry("separator", "z"),
          Map.entry("other", "c"),
          Map.entry("control", "cc"),
          Map.entry("alphabetic", "alpha"),
          Map.entry("uppercase", "upper"),
          Map.entry("lowercase", "lower"),
          Map.entry("whitespace", "space"),
          Map.entry("spaceperl", "space"),
          Map.entry("xposixspace", "space"),
          Map.entry("hexdigit", "xdigit"),
          Map.entry("hex", "xdigit"),
          Map.entry("w", "word"));

  private PerlBytes() {}

  /** The set for {@code \d}, {@code \h}, {@code \s}, {@code \v}, {@code \w} or the opposite. */
  static BitSet ofEscape(char escape, boolean unicode) {
    BitSet set =
        switch (Character.toLowerCase(escape)) {
          case 'd' -> posix("digit", unicode, false).orElseThrow();
          case 's' -> posix("space", unicode, false).orElseThrow();
          case 'w' -> posix("word", unicode, false).orElseThrow();
          case 'h' -> of(c -> c == '\t' || c == ' ' || c == 0xa0);
          case 'v' -> of(c -> (c >= '\n' && c <= '\r') || c == 0x85);
          default -> throw new IllegalArgumentException("no class: \\" + escape);
        };
    return Character.isUpperCase(escape) ? opposite(set) : set;
  }

  /** The set for {@code [:name:]}; where case is ignored upper and lower are one. */
  static Optional<BitSet> posix(String name, boolean unicode, boolean ignoreCase) {
    IntPredicate members =
        switch (name) {
          case "alpha" -> Character::isAlphabetic;
          case "digit" -> c -> c >= '0' && c <= '9';
          case "alnum" -> c -> Character.isAlphabetic(c) || (c >= '0' && c <= '9');
          case "upper" -> c -> Character.isUpperCase(c) || (ignoreCase && Character.isLowerCase(c));
          case "lower" -> c -> Character.isLowerCase(c) || (ignoreCase && Character.isUpperCase(c));
          case "punct" -> c -> in("P", c) || (c < 0x80 && in("S", c));
          case "graph" -> c -> !isSpace(c) && !Character.isISOControl(c);
          case "print" -> c -> c == ' ' || c == 0xa0 || (!isSpace(c) && !Character.isISOControl(c));
          case "blank" -> c -> c == '\t' || c == ' ' || c == 0xa0;
          case "cntrl" -> Character::isISOControl;
          case "xdigit" -> c -> c < 0x80 && Character.digit(c, 16) >= 0;
          case "space" -> PerlBytes::isSpace;
          case "ascii" -> c -> c < 0x80;
          case "word" -> c -> Character.isAlphabetic(c) || (c >= '0' && c <= '9') || c == '_';
          default -> c -> false;
        };
    BitSet set = of(c -> (unicode || c < 0x80) && members.test(c));
    return set.isEmpty() ? Optional.empty() : Optional.of(set);
  }

  /**
   * The set for {@code \p{name}}: general categories, POSIX's names with and without {@code Posix}
   * or {@code XPosix} before them, {@code Any} and {@code Assigned}. Scripts and blocks are
   * unknown.
   */
  static Optional<BitSet> property(String given, boolean ignoreCase) {
    String name = given.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]", "");
    name = name.startsWith("is") ? name.substring(2) : name;
    if (name.startsWith("posix")) {
      return posix(name.substring(5), false, ignoreCase);
    }
    if (name.equals("any") || name.equals("all") || name.equals("assigned")) {
      return Optional.of(of(c -> true));
    }
    if (name.equals("xposixpunct")) {
      return posix("punct", true, ignoreCase);
    }
    name = LONG_NAMES.getOrDefault(name, name);
    if (!CATEGORIES.contains(name)) {
      return posix(name.startsWith("xposix") ? name.substring(6) : name, true, ignoreCase);
    }
    if (ignoreCase && (name.equals("lu") || name.equals("ll") || name.equals("lt"))) {
      name = "lc";
    }
    String category = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    String java = category.equals("Lc") ? "LC" : category;
    return Optional.of(of(c -> in(java, c)));
  }

  static BitSet opposite(BitSet set) {
    BitSet result = (BitSet) set.clone();
    result.flip(0, BYTES);
    return result;
  }

  private static boolean in(String category, int c) {
    return Pattern.matches("\\p{" + category + "}", Character.toString(c));
  }

  private static boolean isSpace(int c) {
    return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xa0;
  }

  private static BitSet of(IntPredicate members) {
    BitSet set = new BitSet(BYTES);
    for (int c = 0; c < BYTES; c++) {
      set.set(c, members.test(c));
    }
    return set;
  }
}
