package org.jlvs.core.mark;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code icmp} and {@code icmp6}: types of messages, by iptables' names or by number. */
final class IcmpExtension extends MatchExtension {
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int ANY = 255;

  private static final Map<String, String> IPV4_NAMES =
      Map.ofEntries(
          Map.entry("any", "255"),
          Map.entry("echo-reply", "0"),
          Map.entry("pong", "0"),
          Map.entry("destination-unreachable", "3"),
          Map.entry("network-unreachable", "3/0"),
          Map.entry("host-unreachable", "3/1"),
          Map.entry("protocol-unreachable", "3/2"),
          Map.entry("port-unreachable", "3/3"),
          Map.entry("fragmentation-needed", "3/4"),
          Map.entry("source-route-failed", "3/5"),
          Map.entry("network-unknown", "3/6"),
          Map.entry("host-unknown", "3/7"),
          Map.entry("network-prohibited", "3/9"),
          Map.entry("host-prohibited", "3/10"),
          Map.entry("tos-network-unreachable", "3/11"),
          Map.entry("tos-host-unreachable", "3/12"),
          Map.entry("communication-prohibited", "3/13"),
          Map.entry("host-precedence-violation", "3/14"),
          Map.entry("precedence-cutoff", "3/15"),
          Map.entry("source-quench", "4"),
          Map.entry("redirect", "5"),
          Map.entry("network-redirect", "5/0"),
          Map.entry("host-redirect", "5/1"),
          Map.entry("tos-network-redirect", "5/2"),
          Map.entry("tos-host-redirect", "5/3"),
          Map.entry("echo-request", "8"),
          Map.entry("ping", "8"),
          Map.entry("router-advertisement", "9"),
          Map.entry("router-solicitation", "10"),
          Map.entry("time-exceeded", "11"),
          Map.entry("ttl-exceeded", "11"),
          Map.entry("ttl-zero-during-transit", "11/0"),
          Map.entry("ttl-zero-during-reassembly", "11/1"),
          Map.entry("parameter-problem", "12"),
          Map.entry("ip-header-bad", "12/0"),
          Map.entry("required-option-missing", "12/1"),
          Map.entry("timestamp-request", "13"),
          Map.entry("timestamp-reply", "14"),
          Map.entry("address-mask-request", "17"),
          Map.entry("address-mask-reply", "18"));

  private static final Map<String, String> IPV6_NAMES =
      Map.ofEntries(
          Map.entry("destination-unreachable", "1"),
          Map.entry("no-route", "1/0"),
          Map.entry("communication-prohibited", "1/1"),
          Map.entry("beyond-scope", "1/2"),
          Map.entry("address-unreachable", "1/3"),
          Map.entry("port-unreachable", "1/4"),
          Map.entry("failed-policy", "1/5"),
          Map.entry("reject-route", "1/6"),
          Map.entry("packet-too-big", "2"),
          Map.entry("time-exceeded", "3"),
          Map.entry("ttl-exceeded", "3"),
          Map.entry("ttl-zero-during-transit", "3/0"),
          Map.entry("ttl-zero-during-reassembly", "3/1"),
          Map.entry("parameter-problem", "4"),
          Map.entry("bad-header", "4/0"),
          Map.entry("unknown-header-type", "4/1"),
          Map.entry("unknown-option", "4/2"),
          Map.entry("echo-request", "128"),
          Map.entry("ping", "128"),
          Map.entry("echo-reply", "129"),
          Map.entry("pong", "129"),
          Map.entry("router-solicitation", "133"),
          Map.entry("router-advertisement", "134"),
          Map.entry("neighbour-solicitation", "135"),
          Map.entry("neighbor-solicitation", "135"),
          Map.entry("neighbour-advertisement", "136"),
          Map.entry("neighbor-advertisement", "136"),
          Map.entry("redirect", "137"));

  private final boolean ipv4;
  private @Nullable String type;
  private Match.@Nullable IcmpType match;

  IcmpExtension(String name) {
    super(name);
    ipv4 = name.equals("icmp");
  }

  @Override
  boolean option(String option, Words words, boolean inverted) throws RuleSyntaxException {
    if (!option.equals(ipv4 ? "--icmp-type" : "--icmpv6-type")) {
      return false;
    }
    onlyOnce(type, option);
    String given = words.argument(option);
    Map<String, String> names = ipv4 ? IPV4_NAMES : IPV6_NAMES;
    String text = names.getOrDefault(given.toLowerCase(Locale.ROOT), given);
    match = new Match.IcmpType(messages(text, given), inverted);
    type = ipv4 && text.equals("255") ? "any" : text;
    return true;
  }

  private Match.Range messages(String text, String given) throws RuleSyntaxException {
    int slash = text.indexOf('/');
    Optional<Long> number = Numbers.unsigned(slash < 0 ? text : text.substring(0, slash), ANY);
    Optional<Long> code =
        slash < 0 ? Optional.of(0L) : Numbers.unsigned(text.substring(slash + 1), ANY);
    if (number.isEmpty() || code.isEmpty()) {
      throw new RuleSyntaxException(
          "Invalid " + (ipv4 ? "ICMP" : "ICMPv6") + " type `" + given + "'");
    }
    int first = number.get().intValue() << Byte.SIZE;
    if (ipv4 && number.get() == ANY) {
      return new Match.Range(0, 0xffff);
    }
    return slash < 0
        ? new Match.Range(first, first | ANY)
        : new Match.Range(first | code.get().intValue(), first | code.get().intValue());
  }

  @Override
  List<Match> matches(Match.@Nullable OfProtocol wanted) throws RuleSyntaxException {
    int protocol = ipv4 ? ICMP : ICMPV6;
    if (wanted == null || wanted.inverted() || wanted.number() != protocol) {
      throw new RuleSyntaxException(
          "match `" + name() + "' needs `-p " + Numbers.protocolName(protocol) + "'");
    }
    if (match == null) {
      throw needsValue(ipv4 ? "\"--icmp-type\"" : "\"--icmpv6-type\"");
    }
    return List.of(match);
  }

  @Override
  String text() {
    Match.@Nullable IcmpType wanted = match;
    return wanted == null
        ? ""
        : not(wanted.inverted()) + (ipv4 ? " --icmp-type " : " --icmpv6-type ") + type;
  }
}
