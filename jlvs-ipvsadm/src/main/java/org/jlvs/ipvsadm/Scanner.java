package org.jlvs.ipvsadm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a command line apart as popt 1.19 does: short flags may be bundled, an argument may follow
 * in the same word, after {@code =} or as the next word, and words that are no flags are collected
 * wherever they stand. An optional argument in the next word is taken unless it begins with {@code
 * -}.
 */
final class Scanner {
  private final List<String> words;
  private final List<String> leftovers = new ArrayList<>();
  private int next;
  private boolean onlyLeftovers;

  /** What follows in the current word after a short flag. */
  private @Nullable String bundle;

  private @Nullable String argument;

  /**
   * @param words the command line without the program's name
   */
  Scanner(List<String> words) {
    this.words = words;
  }

  /** The next flag, or null at the end; {@link #argument} has its argument. */
  @Nullable Flag next() throws UsageException {
    while (true) {
      if (bundle != null) {
        return shortFlag(bundle);
      }
      if (next == words.size()) {
        return null;
      }
      String word = words.get(next++);
      if (onlyLeftovers || !word.startsWith("-") || word.equals("-")) {
        leftovers.add(word);
      } else if (word.equals("--")) {
        onlyLeftovers = true;
      } else if (word.startsWith("--")) {
        return longFlag(word.substring(2));
      } else {
        bundle = word.substring(1);
      }
    }
  }

  /** The argument of the last flag; null when it has none. */
  @Nullable String argument() {
    return argument;
  }

  /** The word that was read last, which is what messages show of a bad flag. */
  String lastWord() {
    return words.get(next - 1);
  }

  /** The words that belong to no flag, as far as read. */
  List<String> leftovers() {
    return leftovers;
  }

  private Flag longFlag(String text) throws UsageException {
    int equals = text.indexOf('=');
    Flag flag = Flag.byLongName(equals < 0 ? text : text.substring(0, equals));
    if (flag == null) {
      throw bad("unknown option");
    }
    if (flag.argument() == Flag.Argument.NONE) {
      if (equals >= 0) {
        throw bad("option does not take an argument");
      }
      argument = null;
    } else {
      argument = equals >= 0 ? text.substring(equals + 1) : nextWord(flag);
    }
    return flag;
  }

  private Flag shortFlag(String letters) throws UsageException {
    bundle = null;
    Flag flag = Flag.byLetter(letters.charAt(0));
    if (flag == null) {
      throw bad("unknown option");
    }
    String rest = letters.substring(1);
    if (flag.argument() == Flag.Argument.NONE) {
      if (rest.startsWith("=")) {
        throw bad("option does not take an argument");
      }
      bundle = rest.isEmpty() ? null : rest;
      argument = null;
    } else if (rest.isEmpty()) {
      argument = nextWord(flag);
    } else {
      argument = rest.startsWith("=") ? rest.substring(1) : rest;
    }
    return flag;
  }

  private @Nullable String nextWord(Flag flag) throws UsageException {
    boolean optional = flag.argument() == Flag.Argument.OPTIONAL;
    if (next == words.size()) {
      if (optional) {
        return null;
      }
      throw bad("missing argument");
    }
    return optional && words.get(next).startsWith("-") ? null : words.get(next++);
  }

  private UsageException bad(String why) {
    return new UsageException(lastWord() + ": " + why, 255, false);
  }
}
