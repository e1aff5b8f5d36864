package org.jlvs.monitor.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/** Reads the values that are made of addresses: virtual, real and fallback lines. */
final class Addresses {
  /** Addresses of one range; more is taken for a mistake. */
  static final int LONGEST_RANGE = 65_536;

  private static final Pattern THRESHOLD = Pattern.compile("\"?<?([lu]):(\\d{1,10})>?\"?");
  private static final Pattern PAIR =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\",?\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern LONGEST_PAIR = Pattern.compile("\"(.*)\"[, ]\\s*\"(.*)\"");
  private static final String WHERE = "ADDRESS[->ADDRESS][:PORT] gate|masq|ipip [WEIGHT]";

  private final NameResolver names;

  Addresses(NameResolver names) {
    this.names = names;
  }

  /**
   * @param port 0 when there is none
   */
  record Endpoint(String host, String port) {}

  VirtualDraft virtual(Value value, int line, Family family) throws Value.Invalid {
    String word = value.word();
    String form =
        family == Family.IPV4
            ? "ADDRESS:PORT, HOST:SERVICE or a firewall mark"
            : "[ADDRESS]:PORT, HOST:SERVICE or a firewall mark";
    if (family == Family.IPV4 && word.startsWith("[")) {
      throw value.invalid("an IPv4 address; for IPv6 write virtual6=");
    }
    if (!word.isEmpty() && word.chars().allMatch(Character::isDigit)) {
      if (word.length() > 10 || Long.parseLong(word) > 0xffff_ffffL || Long.parseLong(word) == 0) {
        throw value.invalid("a firewall mark of 1 to 4294967295");
      }
      return new VirtualDraft(line, family, Optional.empty(), Integer.parseUnsignedInt(word));
    }
    Endpoint endpoint = split(word, family);
    if (endpoint.host().isEmpty() || endpoint.port().isEmpty()) {
      throw value.invalid(form);
    }
    Address address = address(value, 0, endpoint.host(), family);
    if (address.isAny()) {
      throw value.invalid("an address that clients can reach, not " + address);
    }
    int port = port(value, endpoint.host().length() + 1, endpoint.port());
    return new VirtualDraft(line, family, Optional.of(address), port);
  }

  /** The fallback, or nothing where the value is empty. */
  Optional<Fallback> fallback(Value value, Family family) throws Value.Invalid {
    String[] words = value.text().split("\\s+");
    if (value.text().isEmpty()) {
      value.warn().accept(value.column(), value.directive() + "= is empty: there is no fallback");
      return Optional.empty();
    }
    if (words.length > 2) {
      throw value.invalid("ADDRESS[:PORT] [gate|masq|ipip] and no more");
    }
    Endpoint endpoint = split(words[0], family);
    ForwardingMethod forwarding =
        words.length < 2
            ? ForwardingMethod.DIRECT_ROUTE
            : forwarding(value, value.text().lastIndexOf(words[1]), words[1]);
    boolean colonOnly = words[0].endsWith(":");
    if (endpoint.host().isEmpty() || colonOnly) {
      throw value.invalid("ADDRESS[:PORT] [gate|masq|ipip]");
    }
    Address address = address(value, 0, endpoint.host(), family);
    int port =
        endpoint.port().isEmpty() ? 0 : port(value, endpoint.host().length() + 1, endpoint.port());
    return Optional.of(new Fallback(address, port, forwarding));
  }

  /** The servers of a real line, in order. */
  List<RealServer> real(Value value, Family family) throws Value.Invalid {
    Scanner scanner = new Scanner(value.text());
    String where = scanner.word();
    int methodAt = scanner.position();
    String method = scanner.word();
    if (where.isEmpty() || method.isEmpty()) {
      throw value.invalid(WHERE);
    }
    ForwardingMethod forwarding = forwarding(value, methodAt, method);
    Options options = options(value, scanner);
    int lower = options.lower();
    if (lower > 0 && options.upper() == 0) {
      // The director, as the kernel, would refuse the server; the original goes on without it.
      value
          .warn()
          .accept(value.column(), "l:" + lower + " has no effect without an upper threshold, u:");
      lower = 0;
    }
    List<RealServer> servers = new ArrayList<>();
    for (At at : range(value, where, family)) {
      servers.add(
          new RealServer(
              at.address(),
              at.name(),
              at.port(),
              forwarding,
              options.weight(),
              options.request(),
              options.receive(),
              lower,
              options.upper()));
    }
    return servers;
  }

  /** What may follow the forwarding method. */
  private record Options(
      int weight, Optional<String> request, Optional<PerlRegexp> receive, int lower, int upper) {}

  /**
   * Quotes within a request or an answer end it, unless the line makes sense only as the original
   * reads it: the texts go as far as they can.
   */
  private static Options options(Value value, Scanner scanner) throws Value.Invalid {
    int from = scanner.position();
    try {
      return options(value, scanner, PAIR);
    } catch (Value.Invalid strict) {
      scanner.backTo(from);
      try {
        return options(value, scanner, LONGEST_PAIR);
      } catch (Value.Invalid neither) {
        throw strict;
      }
    }
  }

  private static Options options(Value value, Scanner scanner, Pattern pair) throws Value.Invalid {
    int weight = 1;
    int weightAt = scanner.position();
    String digits = scanner.digits();
    if (!digits.isEmpty()) {
      weight = bounded(value, weightAt, digits, "a weight");
    }
    Optional<String> request = Optional.empty();
    Optional<PerlRegexp> receive = Optional.empty();
    int lower = -1;
    int upper = -1;
    while (!scanner.atEnd()) {
      int at = scanner.position();
      Matcher threshold = scanner.match(THRESHOLD);
      if (threshold != null) {
        int count = bounded(value, at, threshold.group(2), "a number of connections");
        if (threshold.group(1).equals("l") && lower < 0) {
          lower = count;
          continue;
        }
        if (threshold.group(1).equals("u") && upper < 0) {
          upper = count;
          continue;
        }
        throw value.invalidAt(at, "each threshold once");
      }
      Matcher texts = request.isEmpty() && lower < 0 && upper < 0 ? scanner.match(pair) : null;
      if (texts == null) {
        throw value.invalidAt(
            at, "[WEIGHT] [\"REQUEST\", \"RECEIVE\"] [l:CONNECTIONS] [u:CONNECTIONS] here");
      }
      request = Optional.of(texts.group(1));
      if (!texts.group(2).isEmpty()) {
        receive = Optional.of(regexp(value, at, texts.group(2)));
      }
    }
    if (lower > 0 && upper >= 0 && lower > upper) {
      throw value.invalid("a lower threshold that is not above the upper one");
    }
    return new Options(
        weight,
        request.filter(text -> !text.isEmpty()),
        receive,
        Math.max(lower, 0),
        Math.max(upper, 0));
  }

  private record At(Address address, Optional<String> name, int port) {}

  private List<At> range(Value value, String where, Family family) throws Value.Invalid {
    int arrow = where.indexOf("->");
    String last = arrow < 0 ? where : where.substring(arrow + 2);
    Endpoint end = split(last, family);
    int offset = arrow < 0 ? 0 : arrow + 2;
    if (last.endsWith(":") || end.host().isEmpty() || last.contains("->")) {
      throw value.invalid(WHERE);
    }
    int port = end.port().isEmpty() ? 0 : port(value, offset + end.host().length() + 1, end.port());
    Address to = address(value, offset, end.host(), family);
    if (arrow < 0) {
      boolean name = Address.parse(end.host()).isEmpty() && end.host().indexOf(':') < 0;
      return List.of(new At(to, Optional.of(end.host()).filter(_ -> name), port));
    }
    if (family == Family.IPV6) {
      throw value.invalid("one IPv6 address: ranges are for IPv4");
    }
    Address from = address(value, 0, where.substring(0, arrow), family);
    long count = to.low() - from.low() + 1;
    if (count < 1 || count > LONGEST_RANGE) {
      throw value.invalid(
          count < 1
              ? "a range that ends at or after its beginning"
              : "a range of at most " + LONGEST_RANGE + " addresses");
    }
    List<At> servers = new ArrayList<>();
    for (long low = from.low(); low <= to.low(); low++) {
      servers.add(new At(Address.ipv4((int) low), Optional.empty(), port));
    }
    return servers;
  }

  /** Takes the port off; an IPv6 address stands in brackets. */
  private static Endpoint split(String text, Family family) {
    if (family == Family.IPV6 && text.startsWith("[")) {
      int close = text.indexOf(']');
      if (close < 0) {
        return new Endpoint("", "");
      }
      String rest = text.substring(close + 1);
      boolean port = rest.startsWith(":");
      boolean wellFormed = rest.isEmpty() || port;
      return new Endpoint(
          wellFormed ? text.substring(0, close + 1) : "", port ? rest.substring(1) : "");
    }
    int colon = text.lastIndexOf(':');
    return colon < 0
        ? new Endpoint(text, "")
        : new Endpoint(text.substring(0, colon), text.substring(colon + 1));
  }

  private Address address(Value value, int offset, String host, Family family)
      throws Value.Invalid {
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    String name = brackets ? host.substring(1, host.length() - 1) : host;
    if (family == Family.IPV4 && name.endsWith(":")) {
      // Debian's sample file writes 192.168.6.2::5060
      value.warn().accept(value.column() + offset, value.directive() + ": :: is taken as :");
      name = name.substring(0, name.length() - 1);
    }
    String kind = family == Family.IPV4 ? "an IPv4 address" : "an IPv6 address in brackets";
    boolean needsBrackets = family == Family.IPV6 && name.indexOf(':') >= 0 && !brackets;
    boolean nameInBrackets = brackets && name.indexOf(':') < 0;
    if (name.isEmpty() || needsBrackets || nameInBrackets) {
      throw value.invalidAt(offset, kind + " or a host name where \"" + host + "\" stands");
    }
    Optional<Address> address = names.address(name, family);
    if (address.isEmpty()) {
      boolean asked = brackets || family == Family.IPV4 || JavaIpv6.usable();
      throw value.invalidAt(
          offset,
          kind
              + (asked ? ", or a host name that resolves to one," : "; " + JavaIpv6.MISSING + ",")
              + " where \""
              + name
              + "\" stands");
    }
    return address.get();
  }

  private int port(Value value, int offset, String text) throws Value.Invalid {
    if (text.chars().allMatch(Character::isDigit) && text.length() <= 6) {
      int port = Integer.parseInt(text);
      if (port <= 65_535) {
        return port;
      }
    } else {
      Optional<Integer> tcp = names.port(text, "tcp");
      Optional<Integer> port = tcp.isPresent() ? tcp : names.port(text, "udp");
      if (port.isPresent()) {
        return port.get();
      }
    }
    throw value.invalidAt(
        offset, "a port of 0 to 65535 or the name of a service where \"" + text + "\" stands");
  }

  private static ForwardingMethod forwarding(Value value, int offset, String word)
      throws Value.Invalid {
    return switch (word) {
      case "gate" -> ForwardingMethod.DIRECT_ROUTE;
      case "masq" -> ForwardingMethod.MASQUERADE;
      case "ipip" -> ForwardingMethod.TUNNEL;
      default -> throw value.invalidAt(offset, "gate, masq or ipip where \"" + word + "\" stands");
    };
  }

  private static int bounded(Value value, int offset, String digits, String what)
      throws Value.Invalid {
    if (digits.length() > 10 || Long.parseLong(digits) > Integer.MAX_VALUE) {
      throw value.invalidAt(offset, what + " of at most " + Integer.MAX_VALUE);
    }
    return Integer.parseInt(digits);
  }

  private static PerlRegexp regexp(Value value, int offset, String source) throws Value.Invalid {
    try {
      return PerlRegexp.of(source);
    } catch (PatternSyntaxException wrong) {
      throw value.invalidAt(offset, "a regular expression; " + Value.firstLine(wrong));
    }
  }

  /** Walks over words that blanks separate. */
  private static final class Scanner {
    private final String text;
    private int at;

    Scanner(String text) {
      this.text = text;
    }

    /** Where the next word begins. */
    int position() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at;
    }

    void backTo(int position) {
      at = position;
    }

    boolean atEnd() {
      return position() == text.length();
    }

    String word() {
      int start = position();
      while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    /** The next word if it is all digits; else nothing is taken. */
    String digits() {
      int start = position();
      String word = word();
      if (!word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return word;
      }
      at = start;
      return "";
    }

    /** The next words if they are of the pattern and a blank or the end follows. */
    @Nullable Matcher match(Pattern pattern) {
      Matcher matcher = pattern.matcher(text).region(position(), text.length());
      boolean whole =
          matcher.lookingAt()
              && (matcher.end() == text.length()
                  || Character.isWhitespace(text.charAt(matcher.end())));
      if (!whole) {
        return null;
      }
      at = matcher.end();
      return matcher;
    }
  }
}
