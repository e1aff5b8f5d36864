package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/** Numbers, ports, protocols and addresses as iptables reads and writes them. */
final class Numbers {
  private static final Map<String, Integer> PROTOCOLS =
      Map.ofEntries(
          Map.entry("all", 0),
          Map.entry("icmp", 1),
          Map.entry("igmp", 2),
          Map.entry("ipencap", 4),
          Map.entry("tcp", 6),
          Map.entry("udp", 17),
          Map.entry("dccp", 33),
          Map.entry("ipv6", 41),
          Map.entry("gre", 47),
          Map.entry("esp", 50),
          Map.entry("ah", 51),
          Map.entry("ipv6-icmp", 58),
          Map.entry("ospf", 89),
          Map.entry("ipip", 94),
          Map.entry("pim", 103),
          Map.entry("vrrp", 112),
          Map.entry("sctp", 132),
          Map.entry("mobility-header", 135),
          Map.entry("udplite", 136));

  private static final Map<String, Integer> PROTOCOL_ALIASES =
      Map.of("icmpv6", 58, "icmp6", 58, "ipv6-mh", 135, "mh", 135);

  private static final Map<Integer, String> PROTOCOL_NAMES = new TreeMap<>();

  /** The services that rules of balanced sites name; an exact list is the host's affair. */
  private static final Map<String, Integer> SERVICES =
      Map.ofEntries(
          Map.entry("ftp-data", 20),
          Map.entry("ftp", 21),
          Map.entry("ssh", 22),
          Map.entry("telnet", 23),
          Map.entry("smtp", 25),
          Map.entry("domain", 53),
          Map.entry("tftp", 69),
          Map.entry("http", 80),
          Map.entry("www", 80),
          Map.entry("kerberos", 88),
          Map.entry("pop3", 110),
          Map.entry("nntp", 119),
          Map.entry("ntp", 123),
          Map.entry("imap2", 143),
          Map.entry("imap", 143),
          Map.entry("snmp", 161),
          Map.entry("ldap", 389),
          Map.entry("https", 443),
          Map.entry("submission", 587),
          Map.entry("ldaps", 636),
          Map.entry("imaps", 993),
          Map.entry("pop3s", 995),
          Map.entry("mysql", 3306),
          Map.entry("sip", 5060),
          Map.entry("postgresql", 5432),
          Map.entry("http-alt", 8080));

  static {
    PROTOCOLS.forEach((name, number) -> PROTOCOL_NAMES.put(number, name));
  }

  private Numbers() {}

  /** A number up to {@code max} as {@code strtoul} reads it: hexadecimal, octal or decimal. */
  static Optional<Long> unsigned(String text, long max) {
    String lower = text.toLowerCase(Locale.ROOT);
    boolean hexadecimal = lower.startsWith("0x");
    boolean octal = !hexadecimal && lower.length() > 1 && lower.startsWith("0");
    String digits = hexadecimal ? lower.substring(2) : lower;
    int radix = hexadecimal ? 16 : octal ? 8 : 10;
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 18
            && digits.chars().allMatch(c -> c < 128 && Character.digit(c, radix) >= 0);
    if (!plain) {
      return Optional.empty();
    }
    try {
      long value = Long.parseLong(digits, radix);
      return value <= max ? Optional.of(value) : Optional.empty();
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  static int protocol(String text) throws RuleSyntaxException {
    String lower = text.toLowerCase(Locale.ROOT);
    Integer named = PROTOCOLS.getOrDefault(lower, PROTOCOL_ALIASES.get(lower));
    if (named != null) {
      return named;
    }
    return unsigned(text, 255)
        .map(Long::intValue)
        .orElseThrow(() -> new RuleSyntaxException("unknown protocol \"" + lower + "\" specified"));
  }

  static String protocolName(int number) {
    return PROTOCOL_NAMES.getOrDefault(number, Integer.toString(number));
  }

  static int port(String text) throws RuleSyntaxException {
    Integer named = SERVICES.get(text);
    if (named != null) {
      return named;
    }
    return unsigned(text, 0xffff)
        .map(Long::intValue)
        .orElseThrow(
            () -> new RuleSyntaxException("invalid port/service `" + text + "' specified"));
  }

  /** Reads {@code first[:last]}, both of which may be left out where there is a colon. */
  static Match.Range ports(String text) throws RuleSyntaxException {
    int colon = text.indexOf(':');
    if (colon < 0) {
      int port = port(text);
      return new Match.Range(port, port);
    }
    String from = text.substring(0, colon);
    String to = text.substring(colon + 1);
    Match.Range range =
        new Match.Range(from.isEmpty() ? 0 : port(from), to.isEmpty() ? 0xffff : port(to));
    if (range.first() > range.last()) {
      throw new RuleSyntaxException("invalid portrange (min > max)");
    }
    return range;
  }

  static String text(Match.Range range) {
    return range.first() == range.last()
        ? Integer.toString(range.first())
        : range.first() + ":" + range.last();
  }

  static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }

  /** Reads {@code address[/mask]}; IPv4 octets left out at the end are 0. */
  static Match.MaskedAddress network(String text, Family family, Side side, boolean inverted)
      throws RuleSyntaxException {
    int slash = text.indexOf('/');
    String name = slash < 0 ? text : text.substring(0, slash);
    Address address =
        address(name, family)
            .orElseThrow(() -> new RuleSyntaxException("host/network `" + name + "' not found"));
    Address mask = slash < 0 ? ones(family) : mask(text.substring(slash + 1), family);
    Address network = new Address(family, address.high() & mask.high(), address.low() & mask.low());
    return new Match.MaskedAddress(side, network, mask, inverted);
  }

  private static Optional<Address> address(String text, Family family) {
    String full = text;
    if (family == Family.IPV4) {
      int octets = text.split("\\.", -1).length;
      full = text + ".0".repeat(Math.max(0, 4 - octets));
    }
    return Address.parse(full).filter(address -> address.family() == family);
  }

  private static Address mask(String text, Family family) throws RuleSyntaxException {
    int width = family.addressBytes() * 8;
    Optional<Long> length = unsigned(text, width);
    if (length.isPresent()) {
      return ones(family).masked(length.get().intValue());
    }
    return Address.parse(text)
        .filter(address -> address.family() == family)
        .orElseThrow(() -> new RuleSyntaxException("invalid mask `" + text + "' specified"));
  }

  static Address ones(Family family) {
    return family == Family.IPV4 ? Address.ipv4(-1) : Address.ipv6(-1, -1);
  }

  /** A network as {@code iptables-save} writes it. */
  static String text(Match.MaskedAddress match) {
    Address mask = match.mask();
    int length = Long.bitCount(mask.high()) + Long.bitCount(mask.low());
    boolean prefix = ones(mask.family()).masked(length).equals(mask);
    return match.network() + "/" + (prefix ? Integer.toString(length) : mask.toString());
  }

  /** Reads {@code first-last}, the argument of {@code option}. */
  static Match.AddressSpan span(String option, String text, Family family)
      throws RuleSyntaxException {
    int dash = text.indexOf('-');
    String from = dash < 0 ? text : text.substring(0, dash);
    String to = dash < 0 ? text : text.substring(dash + 1);
    Address first = rangeEnd(option, from, family);
    Address last = rangeEnd(option, to, family);
    if (Match.AddressSpan.compare(first.high(), first.low(), last) > 0) {
      throw new RuleSyntaxException("iprange: range " + text + " is reversed and will never match");
    }
    return new Match.AddressSpan(first, last);
  }

  private static Address rangeEnd(String option, String text, Family family)
      throws RuleSyntaxException {
    return Address.parse(text)
        .filter(address -> address.family() == family)
        .orElseThrow(
            () ->
                new RuleSyntaxException(
                    "iprange: Bad value for \"" + option + "\" option: \"" + text + "\""));
  }

  /** Reads comma-separated words; an empty one is kept. */
  static List<String> list(String text) {
    return new ArrayList<>(List.of(text.split(",", -1)));
  }
}
