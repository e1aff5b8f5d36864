package org.jlvs.monitor.config;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** Directives that stand in the section of a virtual server alone. */
final class VirtualDirectives {
  private static final Set<String> SCHEDULERS =
      Set.of(
          "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "mh", "fo", "ovf",
          "twos");
  private static final Pattern CHECK_TYPE = Pattern.compile("(?:checktimeout|-)?(\\d{1,9}).*");

  private VirtualDirectives() {}

  static void define(Map<String, Directive<VirtualDraft>> directives, Addresses addresses) {
    in(
        directives,
        "real",
        Family.IPV4,
        (draft, value) -> draft.realServers.addAll(addresses.real(value, draft.family)));
    in(
        directives,
        "real6",
        Family.IPV6,
        (draft, value) -> draft.realServers.addAll(addresses.real(value, draft.family)));
    in(
        directives,
        "fallback",
        Family.IPV4,
        (draft, value) -> draft.fallback = addresses.fallback(value, Family.IPV4));
    in(
        directives,
        "fallback6",
        Family.IPV6,
        (draft, value) -> draft.fallback6 = addresses.fallback(value, Family.IPV6));
    directives.put("checktype", VirtualDirectives::readCheckType);
    directives.put(
        "service",
        (draft, value) ->
            draft.service =
                Optional.of(
                    ServiceType.named(value.keyword())
                        .orElseThrow(() -> value.invalid("one of " + serviceNames()))));
    directives.put(
        "checkcommand",
        (draft, value) -> draft.checkCommand = value.plainNotEmpty("the path of a command"));
    directives.put(
        "checkport",
        (draft, value) -> {
          int port = value.number(1, "a port of 1 to 65535");
          if (port > 65_535) {
            throw value.invalid("a port of 1 to 65535");
          }
          draft.checkPort = port;
        });
    directives.put(
        "request", (draft, value) -> draft.request = Optional.of(value.quotedNotEmpty()));
    directives.put("receive", (draft, value) -> draft.receive = Optional.of(value.regexp()));
    directives.put(
        "httpmethod",
        (draft, value) ->
            draft.httpMethod =
                switch (value.keyword().toUpperCase(Locale.ROOT)) {
                  case "GET" -> HttpMethod.GET;
                  case "HEAD" -> HttpMethod.HEAD;
                  default -> throw value.invalid("GET or HEAD");
                });
    directives.put(
        "virtualhost",
        (draft, value) ->
            draft.virtualHost = Optional.of(value.word()).filter(host -> !host.isEmpty()));
    directives.put("login", (draft, value) -> draft.login = value.quotedNotEmpty());
    directives.put("passwd", (draft, value) -> draft.password = value.quotedNotEmpty());
    directives.put("database", (draft, value) -> draft.database = value.quotedNotEmpty());
    directives.put("secret", (draft, value) -> draft.secret = value.quotedNotEmpty());
    directives.put(
        "load",
        (draft, value) -> {
          // It names a kind of load testing that the original never got.
          value.quotedNotEmpty();
        });
    directives.put("scheduler", VirtualDirectives::readScheduler);
    directives.put(
        "schedflags", (draft, value) -> draft.schedulerFlags = SchedulerFlags.read(value));
    directives.put(
        "persistent",
        (draft, value) -> draft.persistent = value.number(0, "a number of seconds, 0 for none"));
    directives.put("netmask", VirtualDirectives::readNetmask);
    directives.put("protocol", VirtualDirectives::readProtocol);
    directives.put("ops", (draft, value) -> draft.onePacket = value.yesNo());
    directives.put(
        "monitorfile",
        (draft, value) ->
            draft.monitorFile = Optional.of(value.plainNotEmpty("the path of a file")));
    AlertDraft.VIRTUAL.forEach(
        (name, reader) -> directives.put(name, (draft, value) -> reader.read(draft.alerts, value)));
  }

  /** A directive that has a name for each address family, which must be the section's. */
  private static void in(
      Map<String, Directive<VirtualDraft>> directives,
      String name,
      Family family,
      Directive<VirtualDraft> directive) {
    String other = name.endsWith("6") ? name.substring(0, name.length() - 1) : name + "6";
    directives.put(
        name,
        (draft, value) -> {
          if (draft.family != family) {
            throw value.invalid(
                other
                    + "= in the section of a "
                    + (family == Family.IPV4 ? "virtual6" : "virtual")
                    + " server");
          }
          directive.read(draft, value);
        });
  }

  private static String serviceNames() {
    StringBuilder names = new StringBuilder();
    for (ServiceType type : ServiceType.values()) {
      names.append(names.isEmpty() ? "" : ", ").append(type.text());
    }
    return names.toString();
  }

  private static void readCheckType(VirtualDraft draft, Value value) throws Value.Invalid {
    String word = value.keyword();
    draft.connectsPerNegotiation = 0;
    draft.checkType =
        switch (word) {
          case "negotiate" -> CheckType.NEGOTIATE;
          case "connect" -> CheckType.CONNECT;
          case "ping" -> CheckType.PING;
          case "external" -> CheckType.EXTERNAL;
          case "external-perl" -> CheckType.EXTERNAL_PERL;
          case "on" -> CheckType.ON;
          case "off" -> CheckType.OFF;
          default -> {
            Matcher number = CHECK_TYPE.matcher(word);
            if (!number.matches()) {
              throw value.invalid(
                  "connect, negotiate, ping, external, external-perl, on, off or a number");
            }
            draft.connectsPerNegotiation = Integer.parseInt(number.group(1));
            yield CheckType.COMBINED;
          }
        };
  }

  private static void readScheduler(VirtualDraft draft, Value value) throws Value.Invalid {
    String name = value.keyword();
    if (!SCHEDULERS.contains(name)) {
      throw value.invalid("one of " + String.join(", ", SCHEDULERS.stream().sorted().toList()));
    }
    draft.scheduler = name;
  }

  private static void readNetmask(VirtualDraft draft, Value value) throws Value.Invalid {
    if (draft.family == Family.IPV6) {
      int length = value.text().matches("\\d{1,3}") ? Integer.parseInt(value.text()) : 0;
      if (length < 1 || length > 128) {
        throw value.invalid("a prefix length of 1 to 128");
      }
      draft.clientMask = Optional.of(Address.mask(Family.IPV6, length));
      return;
    }
    draft.clientMask = Address.parse(value.text()).filter(Address::isIpv4);
    if (draft.clientMask.isEmpty()) {
      throw value.invalid("a netmask such as 255.255.255.0");
    }
  }

  private static void readProtocol(VirtualDraft draft, Value value) throws Value.Invalid {
    String word = value.keyword();
    if (draft.isMark()) {
      if (!word.equals("fwm")) {
        throw value.invalid("fwm, as the virtual server is a firewall mark");
      }
      return;
    }
    draft.protocol =
        Optional.of(
            switch (word) {
              case "tcp" -> Protocol.TCP;
              case "udp" -> Protocol.UDP;
              case "sctp" -> Protocol.SCTP;
              default ->
                  throw value.invalid(
                      "tcp, udp or sctp, as the virtual server is an address and a port");
            });
  }
}
