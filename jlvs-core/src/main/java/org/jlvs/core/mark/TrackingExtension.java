package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * {@code conntrack} and {@code state} for the first packet of a connection: it is NEW, goes in the
 * original direction, and nobody has translated it.
 */
final class TrackingExtension extends MatchExtension {
  private static final List<String> STATES =
      List.of("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT");
  private static final List<String> STATUSES =
      List.of("NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED");
  private static final List<String> DIRECTIONS = List.of("ORIGINAL", "REPLY");

  private final Family family;
  private final Set<String> given = new HashSet<>();
  private final List<Match> matches = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();

  TrackingExtension(String name, Family family) {
    super(name);
    this.family = family;
  }

  @Override
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    if (!option.startsWith(name().equals("state") ? "--state" : "--ct")) {
      return false;
    }
    String value = words.argument(option);
    matches.add(match(option, value, inverted));
    onlyOnce(given.add(option) ? null : option, option);
    boolean ofStates = option.equals("--state") || option.equals("--ctstate");
    text.append(not(inverted))
        .append(' ')
        .append(option)
        .append(' ')
        .append(ofStates ? inTheirOrder(value) : value);
    return true;
  }

  private static String inTheirOrder(String states) {
    List<String> named = Numbers.list(states.toUpperCase(Locale.ROOT));
    return STATES.stream().filter(named::contains).collect(Collectors.joining(","));
  }

  private Match match(String option, String value, boolean inverted) throws RuleSyntaxException {
    return switch (option) {
      case "--state", "--ctstate" ->
          new Match.Always(hasOne(option, value, STATES, "NEW") != inverted);
      // The bits that a status names are set later; of NONE there is no bit.
      case "--ctstatus" -> {
        hasOne(option, value, STATUSES, "NONE");
        yield new Match.Always(inverted);
      }
      case "--ctdir" -> new Match.Always(hasOne(option, value, DIRECTIONS, "ORIGINAL"));
      case "--ctproto" -> new Match.OfProtocol(Numbers.protocol(value), inverted);
      case "--ctorigsrc", "--ctrepldst" -> Numbers.network(value, family, Side.SOURCE, inverted);
      case "--ctorigdst", "--ctreplsrc" ->
          Numbers.network(value, family, Side.DESTINATION, inverted);
      case "--ctorigsrcport", "--ctrepldstport" -> ports(Side.SOURCE, value, inverted);
      case "--ctorigdstport", "--ctreplsrcport" -> ports(Side.DESTINATION, value, inverted);
      default ->
          throw new RuleSyntaxException(
              "option \"" + option + "\" can't be evaluated by the director");
    };
  }

  private static Match ports(Side side, String value, boolean inverted) throws RuleSyntaxException {
    return new Match.PortIn(side, List.of(Numbers.ports(value)), inverted);
  }

  private static boolean hasOne(String option, String value, List<String> known, String wanted)
      throws RuleSyntaxException {
    boolean found = false;
    for (String word : Numbers.list(value)) {
      String upper = word.toUpperCase(Locale.ROOT);
      if (!known.contains(upper)) {
        throw new RuleSyntaxException("Bad " + option.substring(2) + " \"" + word + "\"");
      }
      found |= upper.equals(wanted);
    }
    return found;
  }

  @Override
  List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
    if (matches.isEmpty()) {
      throw needsValue(name().equals("state") ? "\"--state\"" : "\"--ctstate\"");
    }
    return List.copyOf(matches);
  }

  @Override
  String text() {
    return text.toString();
  }
}
