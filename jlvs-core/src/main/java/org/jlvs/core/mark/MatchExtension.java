package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/** What {@code -m NAME} loads: it reads its options and says what they match. */
abstract class MatchExtension {
  private static final Map<Integer, String> WITH_PORTS =
      Map.of(6, "tcp", 17, "udp", 33, "dccp", 132, "sctp", 136, "udplite");

  /** Matches of iptables that need more of a packet, a connection or a host than is here. */
  private static final Set<String> NOT_EVALUATED =
      Set.of(
          "bpf",
          "cgroup",
          "cluster",
          "connbytes",
          "connlabel",
          "connlimit",
          "cpu",
          "devgroup",
          "dst",
          "eui64",
          "hashlimit",
          "hbh",
          "helper",
          "ipcomp",
          "ipv6header",
          "ipvs",
          "l2tp",
          "limit",
          "mac",
          "mh",
          "nfacct",
          "osf",
          "owner",
          "physdev",
          "policy",
          "quota",
          "rateest",
          "realm",
          "recent",
          "rpfilter",
          "rt",
          "socket",
          "srh",
          "statistic",
          "string",
          "tcpmss",
          "time",
          "u32");

  private final String name;

  MatchExtension(String name) {
    this.name = name;
  }

  final String name() {
    return name;
  }

  /** Takes an option; false if it is not one of this extension. */
  abstract boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException;

  /** What the options match, of packets that match {@code protocol}. */
  abstract List<Match> matches(Match.@Nullable OfProtocol protocol) throws RuleSyntaxException;

  /** The options as {@code iptables-save} writes them, each with a blank before it. */
  abstract String text();

  static MatchExtension load(String name, Family family) throws RuleSyntaxException {
    return switch (name) {
      case "tcp" -> new Transport(name, 6);
      case "udp" -> new Transport(name, 17);
      case "dccp" -> new Transport(name, 33);
      case "sctp" -> new Transport(name, 132);
      case "udplite" -> new Transport(name, 136);
      case "icmp", "icmp6" -> new IcmpExtension(name);
      case "multiport" -> new Multiport();
      case "mark", "connmark" -> new MarkValue(name);
      case "conntrack", "state" -> new TrackingExtension(name, family);
      case "comment" -> new Comment();
      case "addrtype" -> new AddressKindExtension();
      case "iprange" -> new AddressRange(family);
      case "length" -> new PacketLength();
      case "ttl", "hl", "tos", "dscp", "ecn" -> new HeaderExtension(name);
      case "pkttype", "frag", "ah", "esp" -> new ConstantExtension(name);
      case "set" -> new IpSetMembership();
      default ->
          throw new RuleSyntaxException(
              NOT_EVALUATED.contains(name)
                  ? "match `" + name + "' can't be evaluated by the director"
                  : "Couldn't load match `" + name + "':No such file or directory");
    };
  }

  /** The extension that {@code -p} brings with it. */
  static Optional<MatchExtension> ofProtocol(int number) {
    String transport = WITH_PORTS.get(number);
    if (transport != null) {
      return Optional.of(new Transport(transport, number));
    }
    return switch (number) {
      case 1 -> Optional.of(new IcmpExtension("icmp"));
      case 58 -> Optional.of(new IcmpExtension("icmp6"));
      default -> Optional.empty();
    };
  }

  RuleSyntaxException needsValue(String options) {
    return new RuleSyntaxException(name + ": option " + options + " must be specified");
  }

  void onlyOnce(@Nullable Object before, String option) throws RuleSyntaxException {
    if (before != null) {
      throw new RuleSyntaxException(name + ": option \"" + option + "\" can only be used once.");
    }
  }

  static String not(boolean inverted) {
    return inverted ? " !" : "";
  }

  /** Ports and TCP flags: {@code tcp}, {@code udp}, {@code sctp}, {@code dccp}, {@code udplite}. */
  private static final class Transport extends MatchExtension {
    private static final Map<String, Integer> FLAGS =
        Map.of("FIN", 1, "SYN", 2, "RST", 4, "PSH", 8, "ACK", 16, "URG", 32);
    private static final List<String> FLAG_ORDER =
        List.of("FIN", "SYN", "RST", "PSH", "ACK", "URG");

    private final int protocol;
    private Match.@Nullable PortIn source;
    private Match.@Nullable PortIn destination;
    private Match.@Nullable TcpFlags flags;

    Transport(String name, int protocol) {
      super(name);
      this.protocol = protocol;
    }

    @Override
    boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
      switch (option) {
        case "--sport", "--source-port" -> {
          onlyOne(source, "`--source-port'");
          source = ports(Side.SOURCE, words.argument(option), inverted);
        }
        case "--dport", "--destination-port" -> {
          onlyOne(destination, "`--destination-port'");
          destination = ports(Side.DESTINATION, words.argument(option), inverted);
        }
        case "--tcp-flags", "--syn" -> {
          if (protocol != 6) {
            return false;
          }
          onlyOne(flags, "of `--syn' or `--tcp-flags' ");
          flags = option.equals("--syn") ? syn(inverted) : flags(words, inverted);
        }
        case "--tcp-option", "--chunk-types", "--dccp-types", "--dccp-option" ->
            throw new RuleSyntaxException(
                "option \"" + option + "\" can't be evaluated by the director");
        default -> {
          return false;
        }
      }
      return true;
    }

    private static void onlyOne(@Nullable Object before, String options)
        throws RuleSyntaxException {
      if (before != null) {
        throw new RuleSyntaxException("Only one " + options + " allowed");
      }
    }

    private static Match.PortIn ports(Side side, String text, boolean inverted)
        throws RuleSyntaxException {
      return new Match.PortIn(side, List.of(Numbers.ports(text)), inverted);
    }

    private static Match.TcpFlags syn(boolean inverted) {
      return new Match.TcpFlags(1 | 2 | 4 | 16, 2, inverted);
    }

    private static Match.TcpFlags flags(Words words, boolean inverted) throws RuleSyntaxException {
      String mask = words.argument("--tcp-flags");
      if (!words.hasPlainWord()) {
        throw new RuleSyntaxException("--tcp-flags requires two args.");
      }
      return new Match.TcpFlags(flags(mask), flags(words.next()), inverted);
    }

    private static int flags(String text) throws RuleSyntaxException {
      int flags = 0;
      for (String flag : Numbers.list(text)) {
        String upper = flag.toUpperCase(Locale.ROOT);
        switch (upper) {
          case "ALL" -> flags |= 63;
          case "NONE" -> {}
          default -> {
            Integer bit = FLAGS.get(upper);
            if (bit == null) {
              throw new RuleSyntaxException("Unknown TCP flag `" + flag + "'");
            }
            flags |= bit;
          }
        }
      }
      return flags;
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (wanted == null || wanted.inverted() || wanted.number() != protocol) {
        throw new RuleSyntaxException("match `" + name() + "' needs `-p " + name() + "'");
      }
      List<Match> matches = new ArrayList<>();
      if (destination != null) {
        matches.add(destination);
      }
      if (source != null) {
        matches.add(source);
      }
      if (flags != null) {
        matches.add(flags);
      }
      return matches;
    }

    @Override
    String text() {
      StringBuilder text = new StringBuilder();
      appendPorts(text, source, " --sport ");
      appendPorts(text, destination, " --dport ");
      Match.@Nullable TcpFlags wanted = flags;
      if (wanted != null) {
        text.append(not(wanted.inverted()))
            .append(" --tcp-flags ")
            .append(flagsText(wanted.mask()))
            .append(' ')
            .append(flagsText(wanted.set()));
      }
      return text.toString();
    }

    private static void appendPorts(
        StringBuilder text, Match.@Nullable PortIn ports, String option) {
      if (ports != null) {
        text.append(not(ports.inverted()))
            .append(option)
            .append(Numbers.text(ports.ranges().getFirst()));
      }
    }

    private static String flagsText(int flags) {
      return flags == 0
          ? "NONE"
          : FLAG_ORDER.stream()
              .filter(flag -> (flags & FLAGS.getOrDefault(flag, 0)) != 0)
              .collect(Collectors.joining(","));
    }
  }

  /** Up to fifteen ports, a range counting as two. */
  private static final class Multiport extends MatchExtension {
    private static final int MOST_PORTS = 15;

    private @Nullable String option;
    private Match.@Nullable PortIn ports;

    Multiport() {
      super("multiport");
    }

    @Override
    boolean option(String given, Words words, boolean inverted) throws RuleSyntaxException {
      Side side =
          switch (given) {
            case "--sports", "--source-ports" -> Side.SOURCE;
            case "--dports", "--destination-ports" -> Side.DESTINATION;
            case "--ports" -> Side.EITHER;
            default -> null;
          };
      if (side == null) {
        return false;
      }
      Match.@Nullable PortIn before = ports;
      if (before != null) {
        throw new RuleSyntaxException(
            before.side() == side
                ? "multiport: option \"" + longName(side) + "\" can only be used once."
                : "multiport: option \""
                    + longName(side)
                    + "\" cannot be used together with \""
                    + longName(before.side())
                    + "\".");
      }
      List<Match.Range> ranges = new ArrayList<>();
      int count = 0;
      for (String one : Numbers.list(words.argument(given))) {
        Match.Range range = Numbers.ports(one);
        boolean single = one.indexOf(':') < 0;
        if (one.startsWith(":") || one.endsWith(":")) {
          throw new RuleSyntaxException("invalid port/service `' specified");
        }
        if (!single && range.first() == range.last()) {
          throw new RuleSyntaxException("invalid portrange specified");
        }
        ranges.add(range);
        count += single ? 1 : 2;
      }
      if (count > MOST_PORTS) {
        throw new RuleSyntaxException("too many ports specified");
      }
      option =
          switch (side) {
            case SOURCE -> " --sports ";
            case DESTINATION -> " --dports ";
            case EITHER -> " --ports ";
          };
      ports = new Match.PortIn(side, ranges, inverted);
      return true;
    }

    private static String longName(Side side) {
      return switch (side) {
        case SOURCE -> "--source-ports";
        case DESTINATION -> "--destination-ports";
        case EITHER -> "--ports";
      };
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (wanted == null || wanted.inverted()) {
        throw new RuleSyntaxException(
            "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
      }
      if (!WITH_PORTS.containsKey(wanted.number())) {
        throw new RuleSyntaxException("multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP");
      }
      if (ports == null) {
        throw new RuleSyntaxException("multiport expection an option");
      }
      return List.of(ports);
    }

    @Override
    String text() {
      Match.@Nullable PortIn wanted = ports;
      return wanted == null
          ? ""
          : not(wanted.inverted())
              + option
              + wanted.ranges().stream().map(Numbers::text).collect(Collectors.joining(","));
    }
  }

  /** The packet's or the connection's mark. */
  private static final class MarkValue extends MatchExtension {
    private boolean given;
    private int value;
    private int mask;
    private boolean inverted;

    MarkValue(String name) {
      super(name);
    }

    @Override
    boolean option(String option, Words words, boolean not) throws RuleSyntaxException {
      if (!option.equals("--mark")) {
        return false;
      }
      onlyOnce(given ? option : null, option);
      given = true;
      String text = words.argument(option);
      int slash = text.indexOf('/');
      value = number(option, slash < 0 ? text : text.substring(0, slash));
      mask = slash < 0 ? -1 : number(option, text.substring(slash + 1));
      inverted = not;
      return true;
    }

    private int number(String option, String text) throws RuleSyntaxException {
      return Numbers.unsigned(text, 0xffff_ffffL)
          .map(Long::intValue)
          .orElseThrow(
              () ->
                  new RuleSyntaxException(
                      name()
                          + ": bad integer value for option \""
                          + option
                          + "\", or out of range."));
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (!given) {
        throw needsValue("\"--mark\"");
      }
      return List.of(
          name().equals("mark")
              ? new Match.MarkIs(value, mask, inverted)
              : new Match.ConnectionMarkIs(value, mask, inverted));
    }

    @Override
    String text() {
      return not(inverted)
          + " --mark "
          + Numbers.hex(value)
          + (mask == -1 ? "" : "/" + Numbers.hex(mask));
    }
  }

  private static final class Comment extends MatchExtension {
    private @Nullable String comment;

    Comment() {
      super("comment");
    }

    @Override
    boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
      if (!option.equals("--comment")) {
        return false;
      }
      onlyOnce(comment, option);
      comment = words.argument(option);
      return true;
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (comment == null) {
        throw needsValue("\"--comment\"");
      }
      return List.of();
    }

    @Override
    String text() {
      return comment == null ? "" : " --comment " + Words.quoted(comment);
    }
  }

  private static final class AddressRange extends MatchExtension {
    private final Family family;
    private final Map<Side, Match.AddressIn> ranges = new TreeMap<>();

    AddressRange(Family family) {
      super("iprange");
      this.family = family;
    }

    @Override
    boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
      Side side =
          switch (option) {
            case "--src-range" -> Side.SOURCE;
            case "--dst-range" -> Side.DESTINATION;
            default -> null;
          };
      if (side == null) {
        return false;
      }
      onlyOnce(ranges.get(side), option);
      Match.AddressSpan span = Numbers.span(option, words.argument(option), family);
      ranges.put(side, new Match.AddressIn(side, family, List.of(span), inverted));
      return true;
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (ranges.isEmpty()) {
        throw new RuleSyntaxException(
            "iprange match: You must specify `--src-range' or `--dst-range'");
      }
      return List.copyOf(ranges.values());
    }

    @Override
    String text() {
      return ranges.values().stream().map(AddressRange::text).collect(Collectors.joining());
    }

    private static String text(Match.AddressIn range) {
      Match.AddressSpan span = range.spans().getFirst();
      return not(range.inverted())
          + (range.side() == Side.SOURCE ? " --src-range " : " --dst-range ")
          + span.first()
          + "-"
          + span.last();
    }
  }

  private static final class PacketLength extends MatchExtension {
    private Match.@Nullable Length length;

    PacketLength() {
      super("length");
    }

    @Override
    boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
      if (!option.equals("--length")) {
        return false;
      }
      onlyOnce(length, option);
      length = new Match.Length(Numbers.ports(words.argument(option)), inverted);
      return true;
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (length == null) {
        throw needsValue("\"--length\"");
      }
      return List.of(length);
    }

    @Override
    String text() {
      Match.@Nullable Length wanted = length;
      return wanted == null
          ? ""
          : not(wanted.inverted()) + " --length " + Numbers.text(wanted.bytes());
    }
  }

  private static final class IpSetMembership extends MatchExtension {
    /** Most dimensions of a set, and so most ends of a packet ({@code IPSET_DIM_MAX}). */
    private static final int MOST_SIDES = 6;

    private static final Set<String> OF_COUNTERS =
        Set.of(
            "--packets-eq",
            "--packets-lt",
            "--packets-gt",
            "--bytes-eq",
            "--bytes-lt",
            "--bytes-gt");

    private @Nullable String name;
    private List<Side> sides = List.of();
    private boolean inverted;
    private boolean noMatch;
    private final List<String> others = new ArrayList<>();

    IpSetMembership() {
      super("set");
    }

    @Override
    boolean option(String option, Words words, boolean not) throws RuleSyntaxException {
      switch (option) {
        case "--match-set", "--set" -> matchSet(words.argument(option), words, not);
        case "--return-nomatch" -> {
          noMatch = true;
          others.add(option);
        }
        // How the kernel counts; the director leaves the sets alone.
        case "--update-counters", "--update-subcounters" -> others.add((not ? "! " : "") + option);
        default -> {
          if (OF_COUNTERS.contains(option)) {
            throw new RuleSyntaxException(
                "option \"" + option + "\" can't be evaluated by the director");
          }
          return false;
        }
      }
      return true;
    }

    private void matchSet(String setName, Words words, boolean not) throws RuleSyntaxException {
      onlyOnce(name, "--match-set");
      name = setName;
      inverted = not;
      List<Side> read = new ArrayList<>();
      for (String side : Numbers.list(words.argument("--match-set"))) {
        switch (side) {
          case "src" -> read.add(Side.SOURCE);
          case "dst" -> read.add(Side.DESTINATION);
          default ->
              throw new RuleSyntaxException(
                  "You must specify (the comma separated list of) 'src' or 'dst'.");
        }
      }
      if (read.size() > MOST_SIDES) {
        throw new RuleSyntaxException("Can't be more src/dst options than " + MOST_SIDES + ".");
      }
      sides = read;
    }

    @Override
    List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
      if (name == null) {
        throw new RuleSyntaxException("You must specify `--match-set' with proper arguments");
      }
      return List.of(new Match.InSet(name, sides, noMatch, inverted));
    }

    @Override
    String text() {
      String ends =
          sides.stream()
              .map(side -> side == Side.SOURCE ? "src" : "dst")
              .collect(Collectors.joining(","));
      return not(inverted)
          + " --match-set "
          + name
          + " "
          + ends
          + others.stream().map(option -> " " + option).collect(Collectors.joining());
    }
  }
}
