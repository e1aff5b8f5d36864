package org.jlvs.core.mark;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code addrtype}: what the packet's addresses are to the host. */
final class AddressKindExtension extends MatchExtension {
  private static final Map<String, Integer> KINDS =
      Map.of(
          "UNICAST", AddressKind.UNICAST,
          "LOCAL", AddressKind.LOCAL,
          "BROADCAST", AddressKind.BROADCAST,
          "MULTICAST", AddressKind.MULTICAST);

  private final Map<Side, Match.AddressOfKind> wanted = new TreeMap<>();
  private final Map<Side, String> texts = new TreeMap<>();

  AddressKindExtension() {
    super("addrtype");
  }

  @Override
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    Side side =
        switch (option) {
          case "--src-type" -> Side.SOURCE;
          case "--dst-type" -> Side.DESTINATION;
          case "--limit-iface-in", "--limit-iface-out" ->
              throw new RuleSyntaxException(
                  "option \"" + option + "\" can't be evaluated by the director");
          default -> null;
        };
    if (side == null) {
      return false;
    }
    onlyOnce(wanted.get(side), option);
    String given = words.argument(option);
    int kinds = 0;
    for (String name : Numbers.list(given)) {
      Integer kind = KINDS.get(name);
      if (kind == null) {
        throw new RuleSyntaxException(
            "address type \"" + name + "\" can't be evaluated by the director");
      }
      kinds |= kind;
    }
    wanted.put(side, new Match.AddressOfKind(side, kinds, inverted));
    texts.put(side, not(inverted) + " " + option + " " + given);
    return true;
  }

  @Override
  List<Match> matches(Match.@Nullable OfProtocol protocol) throws RuleSyntaxException {
    if (wanted.isEmpty()) {
      throw new RuleSyntaxException("addrtype: you must specify --src-type or --dst-type");
    }
    return List.copyOf(wanted.values());
  }

  @Override
  String text() {
    return texts.values().stream().collect(Collectors.joining());
  }
}
