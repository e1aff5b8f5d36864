package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * Reads the specification of one iptables rule, option by option, and writes it as {@code
 * iptables-save} does. Messages are iptables' own where it has one.
 */
final class RuleParser {
  /** Targets that change neither a mark nor the way through the rules. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "AUDIT",
          "CHECKSUM",
          "CLASSIFY",
          "CONNSECMARK",
          "DSCP",
          "ECN",
          "HL",
          "IDLETIMER",
          "LED",
          "LOG",
          "NFLOG",
          "RATEEST",
          "SECMARK",
          "TCPMSS",
          "TCPOPTSTRIP",
          "TEE",
          "TOS",
          "TRACE",
          "TTL",
          "ULOG");

  /** Targets of iptables that are none of the above. */
  private static final Set<String> NOT_EVALUATED =
      Set.of(
          "CLUSTERIP",
          "CT",
          "DNAT",
          "DNPT",
          "HMARK",
          "MASQUERADE",
          "NETMAP",
          "NFQUEUE",
          "NOTRACK",
          "QUEUE",
          "REDIRECT",
          "REJECT",
          "SET",
          "SNAT",
          "SNPT",
          "SYNPROXY",
          "TPROXY");

  private static final Set<String> SINGULAR_PORTS =
      Set.of("--sport", "--dport", "--port", "--source-port", "--destination-port");

  private static final int LONGEST_INTERFACE_NAME = 15;

  private final Family family;
  private final Predicate<String> isChain;

  /** Addresses as given; read when the rule is complete, as iptables does. */
  private @Nullable Networks sources;

  private @Nullable Networks destinations;
  private Match.@Nullable InInterface in;
  private @Nullable String inText;
  private Match.@Nullable Always out;
  private @Nullable String outText;
  private Match.@Nullable OfProtocol protocol;
  private boolean protocolGiven;
  private @Nullable Boolean fragment;
  private final List<MatchExtension> extensions = new ArrayList<>();
  private @Nullable String jump;
  private @Nullable MarkTarget markTarget;
  private Action action = new Action.Nothing();

  /**
   * @param isChain whether a name is that of a chain of the rule's table
   */
  RuleParser(Family family, Predicate<String> isChain) {
    this.family = family;
    this.isChain = isChain;
  }

  /**
   * Reads the rule in the words of a line of {@code iptables-save} behind {@code -A CHAIN}. What
   * can't be evaluated becomes a {@link Rule.Unsupported}. Several addresses make several rules.
   *
   * @param text the rule as the line has it
   */
  static List<Rule> listed(
      String text, List<String> words, Family family, Predicate<String> isChain) {
    RuleParser parser = new RuleParser(family, isChain);
    try {
      parser.all(new Words(words));
      return parser.rules().stream()
          .map(rule -> (Rule) new Rule.Translated(text, rule.matches(), rule.actions()))
          .toList();
    } catch (RuleSyntaxException e) {
      int target = words.lastIndexOf("-j") + 1;
      boolean harmless =
          target == 0 || target < words.size() && WITHOUT_EFFECT.contains(words.get(target));
      return List.of(
          harmless && !words.contains("-g")
              ? new Rule.Translated(
                  text, List.of(new Match.Always(false)), List.of(new Action.Nothing()))
              : new Rule.Unsupported(text, e.reason()));
    }
  }

  /** Takes the options of a whole rule. */
  void all(Words words) throws RuleSyntaxException {
    while (!words.isEmpty()) {
      String option = words.nextOption();
      boolean inverted = option.equals("!") && !words.isEmpty();
      if (inverted) {
        option = words.nextOption();
      }
      if (!option(option, words, inverted)) {
        throw unknown(option);
      }
    }
  }

  static RuleSyntaxException unknown(String option) {
    return option.startsWith("-")
        ? new RuleSyntaxException("unknown option \"" + option + "\"")
        : new RuleSyntaxException("Bad argument `" + option + "'");
  }

  /** Takes an option and its arguments; false if it is none of a rule. */
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    switch (option) {
      case "-s", "--source", "--src" -> {
        onlyOnce(sources == null, "-s");
        sources = new Networks(words.argument(option), Side.SOURCE, inverted);
      }
      case "-d", "--destination", "--dst" -> {
        onlyOnce(destinations == null, "-d");
        destinations = new Networks(words.argument(option), Side.DESTINATION, inverted);
      }
      case "-i", "--in-interface" -> {
        onlyOnce(in == null, "-i");
        inInterface(words.argument(option), inverted);
      }
      case "-o", "--out-interface" -> {
        onlyOnce(out == null, "-o");
        outInterface(words.argument(option), inverted);
      }
      case "-p", "--protocol", "--proto" -> {
        onlyOnce(!protocolGiven, "-p");
        protocolGiven = true;
        int number = Numbers.protocol(words.argument(option));
        if (number == 0 && inverted) {
          throw new RuleSyntaxException("rule would never match protocol");
        }
        protocol = number == 0 ? null : new Match.OfProtocol(number, inverted);
      }
      case "-f", "--fragment" -> {
        if (family == Family.IPV6) {
          throw new RuleSyntaxException("`-f' is not supported in IPv6, use -m frag instead");
        }
        fragment = !inverted;
      }
      case "-m", "--match" -> extensions.add(MatchExtension.load(words.argument(option), family));
      case "-j", "--jump" -> jumpTo(words.argument(option), false);
      case "-g", "--goto" -> jumpTo(words.argument(option), true);
      default -> {
        return extensionOption(option, words, inverted);
      }
    }
    return true;
  }

  private static void onlyOnce(boolean first, String option) throws RuleSyntaxException {
    if (!first) {
      throw new RuleSyntaxException("multiple " + option + " flags not allowed");
    }
  }

  private record Networks(String text, Side side, boolean inverted) {}

  private List<Match.@Nullable MaskedAddress> read(@Nullable Networks given)
      throws RuleSyntaxException {
    List<Match.@Nullable MaskedAddress> networks = new ArrayList<>();
    if (given == null) {
      networks.add(null);
      return networks;
    }
    List<String> texts = Numbers.list(given.text);
    if (given.inverted && texts.size() > 1) {
      throw new RuleSyntaxException(
          "! not allowed with multiple source or destination IP addresses");
    }
    for (String text : texts) {
      networks.add(Numbers.network(text, family, given.side, given.inverted));
    }
    return networks;
  }

  private static String interfaceName(String name) throws RuleSyntaxException {
    if (name.length() > LONGEST_INTERFACE_NAME) {
      throw new RuleSyntaxException(
          "interface name `" + name + "' must be shorter than IFNAMSIZ (15)");
    }
    return name;
  }

  private void inInterface(String text, boolean inverted) throws RuleSyntaxException {
    String name = interfaceName(text);
    boolean beginning = name.endsWith("+");
    in =
        new Match.InInterface(
            beginning ? name.substring(0, name.length() - 1) : name, beginning, inverted);
    inText = (inverted ? "! " : "") + "-i " + name;
  }

  /** Before routing a packet has no way out yet: only {@code +} and negations match. */
  private void outInterface(String text, boolean inverted) throws RuleSyntaxException {
    String name = interfaceName(text);
    out = new Match.Always(name.equals("+") != inverted);
    outText = (inverted ? "! " : "") + "-o " + name;
  }

  private void jumpTo(String target, boolean goTo) throws RuleSyntaxException {
    if (jump != null) {
      throw new RuleSyntaxException("multiple -j flags not allowed");
    }
    jump = (goTo ? "-g " : "-j ") + target;
    switch (target) {
      case "ACCEPT" -> action = new Action.Accept();
      case "DROP" -> action = new Action.Drop();
      case "RETURN" -> action = new Action.Return();
      case "MARK", "CONNMARK" -> markTarget = new MarkTarget(target);
      default -> {
        if (isChain.test(target)) {
          action = goTo ? new Action.GoTo(target) : new Action.Jump(target);
        } else if (WITHOUT_EFFECT.contains(target) || NOT_EVALUATED.contains(target)) {
          throw new RuleSyntaxException(
              "target `" + target + "' can't be evaluated by the director");
        } else if (goTo) {
          throw new RuleSyntaxException("goto '" + target + "' is not a chain");
        } else {
          throw new RuleSyntaxException(
              "Couldn't load target `" + target + "':No such file or directory");
        }
      }
    }
  }

  private boolean extensionOption(String option, Words words, boolean inverted)
      throws RuleSyntaxException {
    if (!option.startsWith("--")) {
      return false;
    }
    if (markTarget != null && markTarget.option(option, words)) {
      return true;
    }
    for (MatchExtension extension : extensions.reversed()) {
      if (extension.option(option, words, inverted)) {
        return true;
      }
    }
    if (SINGULAR_PORTS.contains(option)) {
      // What getopt_long takes for a short form of --dports, and users write.
      for (MatchExtension extension : extensions.reversed()) {
        if (extension.name().equals("multiport")) {
          return extension.option(option + "s", words, inverted);
        }
      }
    }
    Optional<MatchExtension> implied = impliedExtension();
    if (implied.isPresent() && implied.get().option(option, words, inverted)) {
      extensions.add(implied.get());
      return true;
    }
    return false;
  }

  /** What {@code -p tcp --dport 80} means: the protocol's own extension, if not loaded yet. */
  private Optional<MatchExtension> impliedExtension() {
    if (protocol == null || protocol.inverted()) {
      return Optional.empty();
    }
    return MatchExtension.ofProtocol(protocol.number())
        .filter(own -> extensions.stream().noneMatch(loaded -> loaded.name().equals(own.name())));
  }

  /** The rules read, one for each pair of addresses, in iptables' order. */
  List<Rule.Translated> rules() throws RuleSyntaxException {
    if (markTarget != null) {
      action = markTarget.action();
    }
    List<Match> others = new ArrayList<>();
    StringBuilder rest = new StringBuilder();
    if (in != null && !in.matchesAll()) {
      others.add(in);
      rest.append(' ').append(inText);
    }
    if (out != null) {
      others.add(out);
      rest.append(' ').append(outText);
    }
    Match.@Nullable OfProtocol wanted = protocol;
    if (wanted != null) {
      others.add(wanted);
      rest.append(wanted.inverted() ? " !" : "")
          .append(" -p ")
          .append(Numbers.protocolName(wanted.number()));
    }
    if (fragment != null) {
      // A packet asked about is whole: fragments are put together before.
      others.add(new Match.Always(!fragment));
      rest.append(fragment ? " -f" : " ! -f");
    }
    for (MatchExtension extension : extensions) {
      others.addAll(extension.matches(wanted));
      rest.append(" -m ").append(extension.name()).append(extension.text());
    }
    if (jump != null) {
      rest.append(' ').append(jump);
    }
    if (markTarget != null) {
      rest.append(markTarget.text());
    }
    return eachPairOfAddresses(others, rest.toString());
  }

  private List<Rule.Translated> eachPairOfAddresses(List<Match> others, String rest)
      throws RuleSyntaxException {
    List<Rule.Translated> rules = new ArrayList<>();
    for (Match.@Nullable MaskedAddress source : read(sources)) {
      for (Match.@Nullable MaskedAddress destination : read(destinations)) {
        List<Match> matches = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        // The destination tells most packets apart, so it is asked first.
        addNetwork(destination, " -d ", matches, text);
        StringBuilder sourceText = new StringBuilder();
        addNetwork(source, " -s ", matches, sourceText);
        matches.addAll(others);
        rules.add(
            new Rule.Translated(
                (sourceText.toString() + text + rest).strip(), matches, List.of(action)));
      }
    }
    return rules;
  }

  private static void addNetwork(
      Match.@Nullable MaskedAddress network,
      String option,
      List<Match> matches,
      StringBuilder text) {
    if (network == null || network.mask().isAny() && !network.inverted()) {
      return;
    }
    matches.add(network);
    text.append(network.inverted() ? " !" : "").append(option).append(Numbers.text(network));
  }
}
