package org.jlvs.core.mark;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The options of the targets MARK and CONNMARK. */
final class MarkTarget {
  private static final long MAX_MARK = 0xffff_ffffL;

  private final String name;
  private final boolean ofConnection;
  private @Nullable String given;
  private int value;
  private int clear;
  private int packetMask = -1;
  private int connectionMask = -1;

  MarkTarget(String name) {
    this.name = name;
    ofConnection = name.equals("CONNMARK");
  }

  /** Takes an option; false if it is not one of this target. */
  boolean option(String option, Words words) throws RuleSyntaxException {
    switch (option) {
      case "--set-mark", "--set-xmark" -> {
        first(option);
        String text = words.argument(option);
        int slash = text.indexOf('/');
        value = number(option, slash < 0 ? text : text.substring(0, slash));
        int mask = slash < 0 ? -1 : number(option, text.substring(slash + 1));
        clear = option.equals("--set-mark") ? mask | value : mask;
      }
      case "--and-mark" -> {
        first(option);
        value = 0;
        clear = ~number(option, words.argument(option));
      }
      case "--or-mark" -> {
        first(option);
        value = number(option, words.argument(option));
        clear = value;
      }
      case "--xor-mark" -> {
        first(option);
        value = number(option, words.argument(option));
        clear = 0;
      }
      case "--save-mark", "--restore-mark" -> {
        if (!ofConnection) {
          return false;
        }
        first(option);
      }
      case "--nfmask", "--ctmask", "--mask" -> {
        if (!ofConnection) {
          return false;
        }
        int mask = number(option, words.argument(option));
        packetMask = option.equals("--ctmask") ? packetMask : mask;
        connectionMask = option.equals("--nfmask") ? connectionMask : mask;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void first(String option) throws RuleSyntaxException {
    if (given != null) {
      throw new RuleSyntaxException(
          given.equals(option)
              ? name + ": option \"" + option + "\" can only be used once."
              : name
                  + ": option \""
                  + given
                  + "\" cannot be used together with \""
                  + option
                  + "\".");
    }
    given = option;
  }

  private int number(String option, String text) throws RuleSyntaxException {
    Optional<Long> number = Numbers.unsigned(text, MAX_MARK);
    return number
        .map(Long::intValue)
        .orElseThrow(
            () ->
                new RuleSyntaxException(
                    name + ": bad integer value for option \"" + option + "\", or out of range."));
  }

  Action action() throws RuleSyntaxException {
    String chosen = given;
    if (chosen == null) {
      throw new RuleSyntaxException(
          ofConnection
              ? "CONNMARK target: No operation specified"
              : "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required");
    }
    return switch (chosen) {
      case "--save-mark" -> new Action.SaveMark(packetMask, connectionMask);
      case "--restore-mark" -> new Action.RestoreMark(packetMask, connectionMask);
      default ->
          ofConnection
              ? new Action.SetConnectionMark(clear, value)
              : new Action.SetMark(clear, value);
    };
  }

  /** The options as {@code iptables-save} writes them. */
  String text() {
    if ("--save-mark".equals(given) || "--restore-mark".equals(given)) {
      return " "
          + given
          + " --nfmask "
          + Numbers.hex(packetMask)
          + " --ctmask "
          + Numbers.hex(connectionMask);
    }
    return " --set-xmark " + Numbers.hex(value) + "/" + Numbers.hex(clear);
  }
}
