package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Single fields of the header: {@code ttl}, {@code hl}, {@code tos}, {@code dscp}, {@code ecn}. */
final class HeaderExtension extends MatchExtension {
  private static final int TCP = 6;
  private static final int BYTE = 255;
  private static final int ECN_BITS = 3;
  private static final int DSCP_SHIFT = 2;
  private static final int HIGHEST_DSCP = 63;
  private static final int CWR = 0x80;
  private static final int ECE = 0x40;

  /** What a name of {@code --tos} leaves aside. */
  private static final int NAMED_TOS_MASK = 0x3f;

  private static final Map<String, Integer> TOS_NAMES =
      Map.of(
          "minimize-delay", 16,
          "maximize-throughput", 8,
          "maximize-reliability", 4,
          "minimize-cost", 2,
          "normal-service", 0);

  private final List<Match> matches = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private boolean ofTcp;

  HeaderExtension(String name) {
    super(name);
  }

  @Override
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    if (!isMine(option)) {
      return false;
    }
    if (!name().equals("ecn")) {
      onlyOnce(matches.isEmpty() ? null : matches, option);
    }
    switch (option) {
      case "--ecn-tcp-cwr", "--ecn-tcp-ece" -> {
        int bit = option.equals("--ecn-tcp-cwr") ? CWR : ECE;
        ofTcp = true;
        keep(option, inverted, "", new Match.TcpFlags(bit, bit, inverted));
      }
      case "--ecn-ip-ect" -> {
        int value = number(option, words.argument(option), ECN_BITS);
        keep(option, inverted, " " + value, new Match.TrafficClass(ECN_BITS, value, inverted));
      }
      case "--tos" -> tos(words.argument(option), inverted);
      case "--dscp", "--dscp-class" -> {
        String given = words.argument(option);
        int value =
            option.equals("--dscp") ? number(option, given, HIGHEST_DSCP) : dscpClass(given);
        keep(
            "--dscp",
            inverted,
            " 0x%02x".formatted(value),
            new Match.TrafficClass(HIGHEST_DSCP << DSCP_SHIFT, value << DSCP_SHIFT, inverted));
      }
      default -> {
        int value = number(option, words.argument(option), BYTE);
        keep(option, inverted, " " + value, new Match.HopLimit(hops(option, value), inverted));
      }
    }
    return true;
  }

  private boolean isMine(String option) {
    return switch (option) {
      case "--ttl-eq", "--ttl", "--ttl-lt", "--ttl-gt" -> name().equals("ttl");
      case "--hl-eq", "--hl-lt", "--hl-gt" -> name().equals("hl");
      case "--tos" -> name().equals("tos");
      case "--dscp", "--dscp-class" -> name().equals("dscp");
      case "--ecn-tcp-cwr", "--ecn-tcp-ece", "--ecn-ip-ect" -> name().equals("ecn");
      default -> false;
    };
  }

  private void keep(String option, boolean inverted, String argument, Match match) {
    matches.add(match);
    text.append(not(inverted)).append(' ').append(option).append(argument);
  }

  private static Match.Range hops(String option, int value) {
    if (option.endsWith("-lt")) {
      return new Match.Range(0, value - 1);
    }
    return option.endsWith("-gt")
        ? new Match.Range(value + 1, BYTE)
        : new Match.Range(value, value);
  }

  private void tos(String given, boolean inverted) throws RuleSyntaxException {
    Integer named = TOS_NAMES.get(given.toLowerCase(Locale.ROOT));
    int slash = given.indexOf('/');
    int value =
        named != null
            ? named
            : number("--tos", slash < 0 ? given : given.substring(0, slash), BYTE);
    int mask =
        named != null
            ? NAMED_TOS_MASK
            : slash < 0 ? BYTE : number("--tos", given.substring(slash + 1), BYTE);
    keep(
        "--tos",
        inverted,
        " 0x%02x/0x%02x".formatted(value, mask),
        new Match.TrafficClass(mask, value, inverted));
  }

  /** The classes of RFC 2597 (AF), 3246 (EF) and 2474 (CS, BE). */
  private static int dscpClass(String given) throws RuleSyntaxException {
    String name = given.toUpperCase(Locale.ROOT);
    if (name.matches("AF[1-4][1-3]")) {
      return (name.charAt(2) - '0') << 3 | (name.charAt(3) - '0') << 1;
    }
    if (name.matches("CS[0-7]")) {
      return (name.charAt(2) - '0') << 3;
    }
    return switch (name) {
      case "BE" -> 0;
      case "EF" -> 0x2e;
      default -> throw new RuleSyntaxException("Invalid DSCP class `" + given + "'");
    };
  }

  private int number(String option, String given, int most) throws RuleSyntaxException {
    return Numbers.unsigned(given, most)
        .orElseThrow(
            () ->
                new RuleSyntaxException(
                    name()
                        + ": bad value for option \""
                        + option
                        + "\", or out of range (0-"
                        + most
                        + ")."))
        .intValue();
  }

  @Override
  List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
    if (matches.isEmpty()) {
      throw new RuleSyntaxException(name() + ": an option must be specified");
    }
    if (ofTcp && (wanted == null || wanted.inverted() || wanted.number() != TCP)) {
      throw new RuleSyntaxException("match `ecn' of TCP needs `-p tcp'");
    }
    return List.copyOf(matches);
  }

  @Override
  String text() {
    return text.toString();
  }
}
