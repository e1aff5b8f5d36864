package org.jlvs.core.mark;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Matches whose answer is the same for all packets that the director asks about: they come in
 * frames to this host ({@code pkttype}), are whole ({@code frag}), and are neither AH nor ESP,
 * which no mark schedules.
 */
final class ConstantExtension extends MatchExtension {
  private static final Set<String> WITH_ARGUMENT =
      Set.of("--pkt-type", "--fragid", "--fraglen", "--ahspi", "--ahlen", "--espspi");
  private static final Set<String> WITHOUT_ARGUMENT =
      Set.of("--fragres", "--fragfirst", "--fragmore", "--fraglast", "--ahres");

  private final StringBuilder text = new StringBuilder();
  private boolean matching;

  ConstantExtension(String name) {
    super(name);
  }

  @Override
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    boolean argument = WITH_ARGUMENT.contains(option);
    String stem = name().equals("pkttype") ? "--pkt-" : "--" + name();
    if (!option.startsWith(stem) || !argument && !WITHOUT_ARGUMENT.contains(option)) {
      return false;
    }
    text.append(not(inverted)).append(' ').append(option);
    if (argument) {
      String value = words.argument(option);
      text.append(' ').append(value);
      if (option.equals("--pkt-type")) {
        matching = isUnicast(value) != inverted;
      }
    }
    return true;
  }

  private static boolean isUnicast(String type) throws RuleSyntaxException {
    return switch (type) {
      case "unicast", "host" -> true;
      case "broadcast", "multicast", "otherhost" -> false;
      default -> throw new RuleSyntaxException("Unknown packet type '" + type + "' specified");
    };
  }

  @Override
  List<Match> matches(Match.@Nullable OfProtocol wanted) {
    return List.of(new Match.Always(matching));
  }

  @Override
  String text() {
    return text.toString();
  }
}
