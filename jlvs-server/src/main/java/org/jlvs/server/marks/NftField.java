package org.jlvs.server.marks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.mark.AddressKind;
import org.jlvs.core.mark.Match;
import org.jlvs.core.mark.Match.AddressSpan;
import org.jlvs.core.mark.Match.Range;
import org.jlvs.core.mark.Side;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a condition of nft looks at, and how it compares that with values. */
abstract sealed class NftField {
  private static final Map<String, Integer> PROTOCOLS =
      Map.ofEntries(
          Map.entry("icmp", 1),
          Map.entry("igmp", 2),
          Map.entry("tcp", 6),
          Map.entry("udp", 17),
          Map.entry("dccp", 33),
          Map.entry("gre", 47),
          Map.entry("esp", 50),
          Map.entry("ah", 51),
          Map.entry("icmpv6", 58),
          Map.entry("ipv6-icmp", 58),
          Map.entry("comp", 108),
          Map.entry("vrrp", 112),
          Map.entry("sctp", 132),
          Map.entry("udplite", 136));

  private final JsonNode expression;

  private NftField(JsonNode expression) {
    this.expression = expression;
  }

  /**
   * The ways in which a packet satisfies the comparison; no packet satisfies two of them.
   *
   * @param right a value, a range, a prefix or a set of them
   */
  abstract List<List<Match>> compare(String operator, JsonNode right)
      throws NotTranslatableException;

  final NotTranslatableException unsupported(String operator, JsonNode right) {
    return new NotTranslatableException(
        "\"%s %s %s\" can't be evaluated by the director"
            .formatted(NftWords.of(expression), operator, NftWords.of(right)));
  }

  static NftField of(JsonNode left) throws NotTranslatableException {
    JsonNode masked = left.path("&");
    JsonNode plain = masked.isArray() ? masked.path(0) : left;
    @Nullable JsonNode mask = masked.isArray() ? masked.path(1) : null;
    String header = plain.path("payload").path("protocol").asString("");
    String field = plain.path("payload").path("field").asString("");
    String meta = plain.path("meta").path("key").asString("");
    String ct = plain.path("ct").path("key").asString("");
    if (header.equals("ip") || header.equals("ip6")) {
      Family family = header.equals("ip") ? Family.IPV4 : Family.IPV6;
      switch (field) {
        case "saddr" -> {
          return new AddressField(left, Side.SOURCE, family, mask);
        }
        case "daddr" -> {
          return new AddressField(left, Side.DESTINATION, family, mask);
        }
        case "protocol", "nexthdr" -> {
          return new ProtocolField(left, Optional.of(family));
        }
        case "version" -> {
          return new VersionField(left);
        }
        case "ttl", "hoplimit" -> {
          return new HeaderField(left, family, 255, Match.HopLimit::new);
        }
        case "dscp" -> {
          return new DscpField(left, family);
        }
        case "length" -> {
          if (family == Family.IPV4) {
            return new HeaderField(left, family, 0xffff, Match.Length::new);
          }
          throw notEvaluated(left);
        }
        default -> throw notEvaluated(left);
      }
    }
    boolean port = field.equals("sport") || field.equals("dport");
    if (port && mask == null && (header.equals("th") || PROTOCOLS.containsKey(header))) {
      return new PortField(
          left,
          field.equals("sport") ? Side.SOURCE : Side.DESTINATION,
          Optional.ofNullable(PROTOCOLS.get(header)));
    }
    if (header.equals("tcp") && field.equals("flags")) {
      return new FlagsField(left, mask);
    }
    if (meta.equals("mark") || ct.equals("mark")) {
      return new MarkField(left, meta.equals("mark"), mask);
    }
    if (mask == null) {
      switch (meta) {
        case "l4proto" -> {
          return new ProtocolField(left, Optional.empty());
        }
        case "iifname", "iif" -> {
          return new InterfaceField(left);
        }
        case "nfproto", "protocol" -> {
          return new VersionField(left);
        }
        case "length" -> {
          return new LengthField(left);
        }
        default -> {}
      }
      String direction = plain.path("ct").path("dir").asString("");
      switch (ct) {
        case "state" -> {
          return new ConstantField(left, "new", List.of());
        }
        case "direction" -> {
          return new ConstantField(left, "original", List.of("reply"));
        }
        case "ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr" -> {
          Family family = ct.startsWith("ip ") ? Family.IPV4 : Family.IPV6;
          boolean source = ct.endsWith("saddr") == direction.equals("original");
          return new AddressField(left, source ? Side.SOURCE : Side.DESTINATION, family, null);
        }
        case "proto-src", "proto-dst" -> {
          boolean source = ct.endsWith("src") == direction.equals("original");
          return new PortField(left, source ? Side.SOURCE : Side.DESTINATION, Optional.empty());
        }
        default -> {}
      }
      if (meta.equals("pkttype")) {
        return new ConstantField(
            left, "host", List.of("unicast", "broadcast", "multicast", "other"));
      }
      JsonNode fib = plain.path("fib");
      if (fib.path("result").asString("").equals("type") && fib.path("flags").size() == 1) {
        return new AddressTypeField(left, fib.path("flags").path(0).asString(""));
      }
    }
    throw notEvaluated(left);
  }

  private static NotTranslatableException notEvaluated(JsonNode left) {
    return new NotTranslatableException(
        "\"" + NftWords.of(left) + "\" can't be evaluated by the director");
  }

  /**
   * What a packet has to be for an expression to find its headers. An element that is added to one
   * of the kernel's sets changes nothing else: what the sets hold is read from there.
   */
  static List<Match> headersOf(JsonNode expression) throws NotTranslatableException {
    List<Match> headers = new ArrayList<>();
    JsonNode parts = expression.path("concat");
    for (JsonNode part : parts.isArray() ? elements(parts) : elements(expression)) {
      String header = part.path("payload").path("protocol").asString("");
      Integer protocol = PROTOCOLS.get(header);
      if (header.equals("ip") || header.equals("ip6")) {
        headers.add(new Match.OfFamily(header.equals("ip") ? Family.IPV4 : Family.IPV6));
      } else if (protocol != null) {
        headers.add(new Match.OfProtocol(protocol, false));
      } else if (!header.isEmpty() && !header.equals("th") && !header.equals("ether")) {
        throw notEvaluated(part);
      }
    }
    return headers;
  }

  /** The elements of a set, or the one value, without what nft remembers about them. */
  static List<JsonNode> elements(JsonNode right) {
    JsonNode set = right.path("set");
    JsonNode all = set.isMissingNode() ? right : set;
    if (!all.isArray()) {
      return List.of(unwrapped(all));
    }
    List<JsonNode> elements = new ArrayList<>();
    all.forEach(one -> elements.add(unwrapped(one)));
    return elements;
  }

  private static JsonNode unwrapped(JsonNode element) {
    JsonNode value = element.path("elem").path("val");
    return value.isMissingNode() ? element : value;
  }

  /** Whether the operator asks for equality; {@code !=} for the opposite. */
  final boolean inverted(String operator, JsonNode right) throws NotTranslatableException {
    return switch (operator) {
      case "==", "in" -> false;
      case "!=" -> true;
      default -> throw unsupported(operator, right);
    };
  }

  private static List<List<Match>> all(Match... matches) {
    return List.of(List.of(matches));
  }

  /**
   * That one of the matches holds, or, where they are inverted, all of them: for values that a
   * packet may have several of, or that may change on its way, so that they can't become rules of
   * their own.
   */
  private static List<Match> anyOrNone(List<Match> matches, boolean inverted) {
    return inverted || matches.size() == 1 ? matches : List.of(new Match.AnyOf(matches));
  }

  /** The same of a header that packets of one family have. */
  private static List<Match> anyOrNone(Family family, List<Match> matches, boolean inverted) {
    List<Match> all = new ArrayList<>(List.of(new Match.OfFamily(family)));
    all.addAll(anyOrNone(matches, inverted));
    return all;
  }

  /** For matches of which a packet satisfies at most one. */
  private static List<List<Match>> oneOf(List<Match> matches) {
    return matches.stream().map(List::of).toList();
  }

  /** The range of numbers that the operator and one value name. */
  final Range range(String operator, JsonNode right, int largest) throws NotTranslatableException {
    JsonNode ends = right.path("range");
    int first = number(ends.isArray() ? ends.path(0) : right, largest, operator);
    int last = ends.isArray() ? number(ends.path(1), largest, operator) : first;
    return switch (operator) {
      case "==", "in", "!=" -> new Range(first, last);
      case "<" -> new Range(0, first - 1);
      case "<=" -> new Range(0, first);
      case ">" -> new Range(first + 1, largest);
      case ">=" -> new Range(first, largest);
      default -> throw unsupported(operator, right);
    };
  }

  private int number(JsonNode value, int largest, String operator) throws NotTranslatableException {
    long number = value.isIntegralNumber() ? value.asLong(-1) : -1;
    if (number < 0 || number > largest) {
      throw unsupported(operator, value);
    }
    return (int) number;
  }

  final List<Range> ranges(String operator, JsonNode right, int largest)
      throws NotTranslatableException {
    List<Range> ranges = new ArrayList<>();
    for (JsonNode element : elements(right)) {
      ranges.add(range(operator, element, largest));
    }
    return ranges;
  }

  private static final class AddressField extends NftField {
    private final Side side;
    private final Family family;
    private final @Nullable JsonNode mask;

    AddressField(JsonNode expression, Side side, Family family, @Nullable JsonNode mask) {
      super(expression);
      this.side = side;
      this.family = family;
      this.mask = mask;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      if (mask != null) {
        return all(new Match.MaskedAddress(side, address(right), address(mask), inverted));
      }
      List<AddressSpan> spans = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        spans.add(span(element));
      }
      return all(new Match.AddressIn(side, family, spans, inverted));
    }

    private AddressSpan span(JsonNode element) throws NotTranslatableException {
      JsonNode range = element.path("range");
      JsonNode prefix = element.path("prefix");
      if (range.isArray()) {
        return new AddressSpan(address(range.path(0)), address(range.path(1)));
      }
      Address first = address(prefix.isObject() ? prefix.path("addr") : element);
      int width = family.addressBytes() * 8;
      int length = prefix.isObject() ? prefix.path("len").asInt(-1) : width;
      if (length < 0 || length > width) {
        throw unsupported("in", element);
      }
      Address ones = family == Family.IPV4 ? Address.ipv4(-1) : Address.ipv6(-1, -1);
      Address mask = ones.masked(length);
      return new AddressSpan(
          first.masked(length),
          new Address(
              family,
              first.high() | ones.high() & ~mask.high(),
              first.low() | ones.low() & ~mask.low()));
    }

    private Address address(JsonNode value) throws NotTranslatableException {
      return Address.parse(value.asString(""))
          .filter(address -> address.family() == family)
          .orElseThrow(() -> unsupported("in", value));
    }
  }

  private static final class PortField extends NftField {
    private final Side side;
    private final Optional<Integer> protocol;

    PortField(JsonNode expression, Side side, Optional<Integer> protocol) {
      super(expression);
      this.side = side;
      this.protocol = protocol;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      List<Match> matches = new ArrayList<>();
      protocol.ifPresent(number -> matches.add(new Match.OfProtocol(number, false)));
      matches.add(new Match.PortIn(side, ranges(operator, right, 0xffff), operator.equals("!=")));
      return List.of(matches);
    }
  }

  /** {@code meta l4proto}, {@code ip protocol} and {@code ip6 nexthdr}. */
  private static final class ProtocolField extends NftField {
    private final Optional<Family> family;

    ProtocolField(JsonNode expression, Optional<Family> family) {
      super(expression);
      this.family = family;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      List<Match> protocols = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        Integer named = PROTOCOLS.get(element.asString(""));
        int number = named != null ? named : range("==", element, 255).first();
        protocols.add(new Match.OfProtocol(number, inverted));
      }
      List<List<Match>> ways = inverted ? List.of(protocols) : oneOf(protocols);
      return family
          .map(wanted -> ways.stream().map(way -> with(wanted, way)).toList())
          .orElse(ways);
    }

    private static List<Match> with(Family family, List<Match> matches) {
      List<Match> all = new ArrayList<>(List.of(new Match.OfFamily(family)));
      all.addAll(matches);
      return all;
    }
  }

  /** The IP version, by {@code meta nfproto}, {@code meta protocol} or {@code ip version}. */
  private static final class VersionField extends NftField {
    VersionField(JsonNode expression) {
      super(expression);
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      boolean ipv4 =
          switch (right.asString("")) {
            case "ipv4", "ip", "4" -> true;
            case "ipv6", "ip6", "6" -> false;
            default -> throw unsupported(operator, right);
          };
      return all(new Match.OfFamily(ipv4 == inverted ? Family.IPV6 : Family.IPV4));
    }
  }

  private static final class FlagsField extends NftField {
    private static final List<String> NAMES =
        List.of("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr");

    private final @Nullable JsonNode mask;

    FlagsField(JsonNode expression, @Nullable JsonNode mask) {
      super(expression);
      this.mask = mask;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      Match tcp = new Match.OfProtocol(6, false);
      int flags = flags(right);
      if (operator.equals("in") && mask == null) {
        return all(tcp, new Match.TcpFlags(flags, 0, true));
      }
      int wanted = mask == null ? 0xff : flags(mask);
      return all(tcp, new Match.TcpFlags(wanted, flags, inverted(operator, right)));
    }

    private int flags(JsonNode value) throws NotTranslatableException {
      int flags = 0;
      for (JsonNode one : value.path("|").isArray() ? elements(value.path("|")) : elements(value)) {
        int bit = NAMES.indexOf(one.asString(""));
        flags |= one.isIntegralNumber() ? range("==", one, 255).first() : bit < 0 ? 256 : 1 << bit;
      }
      if (flags > 255) {
        throw unsupported("==", value);
      }
      return flags;
    }
  }

  private static final class MarkField extends NftField {
    private final boolean ofPacket;
    private final @Nullable JsonNode mask;

    MarkField(JsonNode expression, boolean ofPacket, @Nullable JsonNode mask) {
      super(expression);
      this.ofPacket = ofPacket;
      this.mask = mask;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      if (mask == null && right.isIntegralNumber()) {
        int bound = constant(right);
        switch (operator) {
          case "<" -> {
            return all(between(bound, -1, true));
          }
          case "<=" -> {
            return all(between(0, bound, false));
          }
          case ">" -> {
            return all(between(0, bound, true));
          }
          case ">=" -> {
            return all(between(bound, -1, false));
          }
          default -> {}
        }
      }
      boolean inverted = inverted(operator, right);
      int bits = mask == null ? -1 : constant(mask);
      List<Match> values = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        JsonNode ends = element.path("range");
        if (ends.isArray() && mask == null) {
          values.add(between(constant(ends.path(0)), constant(ends.path(1)), inverted));
        } else {
          int value = constant(element);
          values.add(
              ofPacket
                  ? new Match.MarkIs(value, bits, inverted)
                  : new Match.ConnectionMarkIs(value, bits, inverted));
        }
      }
      // The mark may change on the way.
      return List.of(anyOrNone(values, inverted));
    }

    private Match between(int first, int last, boolean inverted) {
      return new Match.MarkBetween(first, last, ofPacket, inverted);
    }

    private int constant(JsonNode value) throws NotTranslatableException {
      return NftMarkValue.constant(value).orElseThrow(() -> unsupported("==", value));
    }
  }

  private static final class InterfaceField extends NftField {
    InterfaceField(JsonNode expression) {
      super(expression);
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      List<Match> names = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        String name = element.asString("");
        if (!element.isString() || name.isEmpty()) {
          throw unsupported(operator, element);
        }
        boolean beginning = name.endsWith("*");
        names.add(
            new Match.InInterface(
                beginning ? name.substring(0, name.length() - 1) : name, beginning, inverted));
      }
      // Names with an asterisk may overlap.
      return List.of(anyOrNone(names, inverted));
    }
  }

  private static final class LengthField extends NftField {
    LengthField(JsonNode expression) {
      super(expression);
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      List<Range> ranges = ranges(operator, right, 0xffff);
      boolean inverted = operator.equals("!=");
      List<Match> matches = new ArrayList<>();
      ranges.forEach(range -> matches.add(new Match.Length(range, inverted)));
      return inverted ? List.of(matches) : oneOf(matches);
    }
  }

  /**
   * What is the same for every packet asked about: the first of a connection, in a frame to this
   * host.
   */
  private static final class ConstantField extends NftField {
    private final String value;
    private final List<String> others;

    /**
     * @param value the name of what it is
     * @param others the names of all that it can be else; none: any may be
     */
    ConstantField(JsonNode expression, String value, List<String> others) {
      super(expression);
      this.value = value;
      this.others = others;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      boolean names = false;
      for (JsonNode element : elements(right)) {
        String name = element.asString("");
        if (!others.isEmpty() && !name.equals(value) && !others.contains(name)) {
          throw unsupported(operator, element);
        }
        names |= name.equals(value);
      }
      return all(new Match.Always(names != inverted));
    }
  }

  private interface OfRange {
    Match of(Range range, boolean inverted);
  }

  /** A number in the header of one family. */
  private static final class HeaderField extends NftField {
    private final Family family;
    private final int largest;
    private final OfRange match;

    HeaderField(JsonNode expression, Family family, int largest, OfRange match) {
      super(expression);
      this.family = family;
      this.largest = largest;
      this.match = match;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = operator.equals("!=");
      List<Match> values =
          ranges(operator, right, largest).stream()
              .map(range -> match.of(range, inverted))
              .toList();
      return List.of(anyOrNone(family, values, inverted));
    }
  }

  private static final class DscpField extends NftField {
    private static final int DSCP_BITS = 0xfc;
    private static final int DSCP_SHIFT = 2;

    private final Family family;

    DscpField(JsonNode expression, Family family) {
      super(expression);
      this.family = family;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      List<Match> values = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        int value = codePoint(element);
        values.add(new Match.TrafficClass(DSCP_BITS, value << DSCP_SHIFT, inverted));
      }
      return List.of(anyOrNone(family, values, inverted));
    }

    private int codePoint(JsonNode value) throws NotTranslatableException {
      String name = value.asString("");
      if (!value.isString()) {
        return range("==", value, DSCP_BITS >>> DSCP_SHIFT).first();
      }
      if (name.matches("cs[0-7]")) {
        return (name.charAt(2) - '0') << 3;
      }
      if (name.matches("af[1-4][1-3]")) {
        return (name.charAt(2) - '0') << 3 | (name.charAt(3) - '0') << 1;
      }
      return switch (name) {
        case "be" -> 0;
        case "ef" -> 0x2e;
        default -> throw unsupported("==", value);
      };
    }
  }

  private static final class AddressTypeField extends NftField {
    private final String flag;

    AddressTypeField(JsonNode expression, String flag) {
      super(expression);
      this.flag = flag;
    }

    @Override
    List<List<Match>> compare(String operator, JsonNode right) throws NotTranslatableException {
      boolean inverted = inverted(operator, right);
      boolean known = flag.equals("saddr") || flag.equals("daddr");
      Side side = flag.equals("saddr") ? Side.SOURCE : Side.DESTINATION;
      List<Match> kinds = new ArrayList<>();
      for (JsonNode element : elements(right)) {
        int kind =
            switch (element.asString("")) {
              case "local" -> AddressKind.LOCAL;
              case "broadcast" -> AddressKind.BROADCAST;
              case "multicast" -> AddressKind.MULTICAST;
              default -> 0;
            };
        if (!known || kind == 0) {
          throw unsupported(operator, right);
        }
        kinds.add(new Match.AddressOfKind(side, kind, inverted));
      }
      return List.of(anyOrNone(kinds, inverted));
    }
  }
}
