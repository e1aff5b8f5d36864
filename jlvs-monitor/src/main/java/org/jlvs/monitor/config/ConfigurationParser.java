package org.jlvs.monitor.config;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Reads ldirectord.cf as ldirectord 4.12 does. A line is {@code directive = value}; {@code #}
 * begins a comment; a section begins with {@code virtual=} at the margin and goes on while lines
 * are indented by four columns or more (a tab counts as four); an empty line ends it.
 *
 * <p>Stricter than the original, where it accepts by accident what cannot work: a virtual server
 * without a port (it takes {@code 10.0.0.100} for the mark 10), numbers that are too large, a
 * scheduler that does not exist, an invalid regular expression, a lower threshold above the upper
 * one. More lenient: {@code #} between quotes is no comment, a section may be empty, thresholds
 * work in every form of the manual, port names work in a global fallback.
 *
 * <p>The text holds bytes as characters below 256, so that a regular expression means bytes, as it
 * does in Perl without {@code use utf8}.
 */
public final class ConfigurationParser {
  private static final Set<String> SCHEDULERS =
      Set.of(
          "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "mh", "fo", "ovf",
          "twos");
  private static final Set<String> TEXT_VALUES = Set.of("comment", "servicename");
  private static final Pattern LINE = Pattern.compile("([A-Za-z0-9_]+)([ \\t]*=[ \\t]*)(.*)");
  private static final Pattern CHECK_TYPE = Pattern.compile("(?:checktimeout|-)?(\\d{1,9}).*");
  private static final int INDENT = 4;
  private static final int MOST_PROBLEMS = 20;

  private final Addresses addresses;
  private final Map<String, Directive<GlobalDraft>> globalDirectives = new HashMap<>();
  private final Map<String, Directive<VirtualDraft>> virtualDirectives = new HashMap<>();

  private final GlobalDraft globals = new GlobalDraft();
  private final List<VirtualDraft> sections = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private int line;

  private ConfigurationParser(NameResolver names) {
    addresses = new Addresses(names);
    defineShared();
    WeightDirectives.define(this::both);
    defineGlobal();
    defineVirtual();
  }

  /**
   * Reads a configuration.
   *
   * @param text the file's bytes as characters below 256 (ISO 8859-1)
   * @throws ConfigurationException with all that is wrong in it, up to a limit
   */
  public static Configuration parse(String text, NameResolver names) throws ConfigurationException {
    return new ConfigurationParser(names).read(text);
  }

  private Configuration read(String text) throws ConfigurationException {
    @Nullable VirtualDraft section = null;
    boolean skipping = false;
    for (String raw : text.split("\n", -1)) {
      line++;
      String full = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
      String content = withoutComment(full);
      if (content.isBlank()) {
        boolean commentOnly = !full.isBlank();
        section = commentOnly ? section : null;
        skipping = commentOnly && skipping;
        continue;
      }
      int start = firstVisible(content);
      boolean indented = columns(content, start) >= INDENT;
      if (start > 0 && indented && (section != null || skipping)) {
        if (section != null) {
          readDirective(content, start, section, virtualDirectives, "virtual server");
        }
        continue;
      }
      section = null;
      skipping = false;
      if (start > 0) {
        problem(
            start,
            "an indented line must follow its virtual= line at once, by a tab or 4 spaces; found "
                + content.strip());
        continue;
      }
      Matcher matcher = LINE.matcher(content.stripTrailing());
      if (matcher.matches() && matcher.group(1).matches("virtual6?")) {
        section = readVirtual(matcher);
        skipping = section == null;
      } else {
        readDirective(content, 0, globals, globalDirectives, "global");
      }
    }
    List<VirtualServer> virtualServers = new ArrayList<>();
    Set<ServiceKey> keys = new HashSet<>();
    for (VirtualDraft draft : sections) {
      line = draft.line;
      VirtualServer virtual = build(draft);
      if (!keys.add(virtual.key())) {
        problem(
            0,
            "virtual server "
                + virtual.name()
                + " ("
                + virtual.protocolName()
                + ") is there already; expected each only once");
      }
      WeightDirectives.warnOfNoEffect(virtual, this::warn);
      virtualServers.add(virtual);
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return new Configuration(
        new Configuration.Globals(
            Duration.ofSeconds(globals.checkInterval.orElse(10)),
            globals.autoReload,
            globals.callback,
            globals.log,
            globals.maintenanceDirectory,
            globals.supervised,
            globals.readdQuiescent,
            List.copyOf(globals.instances)),
        virtualServers,
        warnings);
  }

  private @Nullable VirtualDraft readVirtual(Matcher matcher) {
    Family family = matcher.group(1).equals("virtual6") ? Family.IPV6 : Family.IPV4;
    try {
      VirtualDraft draft =
          addresses.virtual(
              value(matcher.group(1), matcher.group(3), matcher.start(3)), line, family);
      sections.add(draft);
      return draft;
    } catch (Value.Invalid invalid) {
      problem(invalid.column() - 1, String.valueOf(invalid.getMessage()));
      return null;
    }
  }

  private <D> void readDirective(
      String content, int start, D draft, Map<String, Directive<D>> directives, String where) {
    Matcher matcher =
        LINE.matcher(content)
            .region(start, start + content.substring(start).stripTrailing().length());
    if (!matcher.matches()) {
      if (draft instanceof GlobalDraft global && content.strip().equals("supervised")) {
        global.supervised = true;
        warn(start + 1, "supervised stands alone; write supervised=yes");
        return;
      }
      problem(start, "expected DIRECTIVE = VALUE, found " + content.strip());
      return;
    }
    String name = matcher.group(1);
    Directive<D> directive = directives.get(name);
    if (directive == null) {
      problem(start, "unknown " + where + " directive " + name + misplaced(name, where));
      return;
    }
    try {
      directive.read(draft, value(name, matcher.group(3), matcher.start(3)));
    } catch (Value.Invalid invalid) {
      problem(invalid.column() - 1, String.valueOf(invalid.getMessage()));
    }
  }

  private String misplaced(String name, String where) {
    if (where.equals("global") && virtualDirectives.containsKey(name)) {
      return "; it belongs, indented, into a virtual server's section";
    }
    if (!where.equals("global") && globalDirectives.containsKey(name)) {
      return "; it is a global one: put it at the margin, before the virtual servers";
    }
    String nearest = nearest(name, where.equals("global") ? globalDirectives : virtualDirectives);
    return nearest.isEmpty() ? "" : "; did you mean " + nearest + "?";
  }

  private static String nearest(String name, Map<String, ?> directives) {
    return directives.keySet().stream()
        .filter(known -> distance(known, name.toLowerCase(Locale.ROOT)) <= 2)
        .sorted()
        .findFirst()
        .orElse("");
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 2) {
      return 3;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  private Value value(String directive, String text, int offset) {
    return new Value(directive, text.stripTrailing(), offset + 1, this::warn);
  }

  private void warn(int column, String message) {
    warnings.add(new Problem(line, column, message));
  }

  private void problem(int offset, String message) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new Problem(line, offset + 1, message));
    }
  }

  private static int firstVisible(String content) {
    int at = 0;
    while (content.charAt(at) == ' ' || content.charAt(at) == '\t') {
      at++;
    }
    return at;
  }

  private static int columns(String content, int end) {
    int columns = 0;
    for (int i = 0; i < end; i++) {
      columns += content.charAt(i) == '\t' ? INDENT : 1;
    }
    return columns;
  }

  /** Cuts at the first {@code #} that does not stand between quotes. */
  private static String withoutComment(String text) {
    Matcher matcher = LINE.matcher(text.stripLeading());
    boolean quotesCount = matcher.matches() && !TEXT_VALUES.contains(matcher.group(1));
    boolean open = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' && quotesCount) {
        open = !open;
      } else if (c == '#' && !(open && text.indexOf('"', i) > 0)) {
        return text.substring(0, i);
      }
    }
    return text;
  }

  /** Directives that stand at the margin or in a section. */
  private void defineShared() {
    both("checktimeout", (draft, value) -> draft.checkTimeout = OptionalInt.of(value.seconds()));
    both(
        "negotiatetimeout",
        (draft, value) -> draft.negotiateTimeout = OptionalInt.of(value.seconds()));
    both("checkinterval", (draft, value) -> draft.checkInterval = OptionalInt.of(value.seconds()));
    both(
        "checkcount",
        (draft, value) -> {
          draft.checkCount = OptionalInt.of(value.number(1, "a number of attempts, 1 or more"));
          warn(value.column(), "checkcount is for pings only, and deprecated; see failurecount");
        });
    both(
        "failurecount",
        (draft, value) ->
            draft.failureCount =
                OptionalInt.of(value.number(1, "a number of failures, 1 or more")));
    both(
        "risecount",
        (draft, value) ->
            draft.riseCount =
                OptionalInt.of(value.number(1, "a number of good checks, 1 or more")));
    both("promptfailover", (draft, value) -> draft.promptFailover = Optional.of(value.yesNo()));
    both(
        "draintimeout",
        (draft, value) ->
            draft.drainTimeout =
                OptionalInt.of(secondsUpTo(ServicePolicy.LONGEST_DRAIN_SECONDS, value)));
    both(
        "slowstart",
        (draft, value) ->
            draft.slowStart =
                OptionalInt.of(secondsUpTo(ServicePolicy.LONGEST_SLOW_START_SECONDS, value)));
    both("quiescent", (draft, value) -> draft.quiescent = Optional.of(value.yesNo()));
    both("cleanstop", (draft, value) -> draft.cleanStop = Optional.of(value.yesNo()));
    both(
        "fallbackcommand",
        (draft, value) ->
            draft.fallbackCommand = Optional.of(value.plainNotEmpty("the path of a command")));
    AlertDraft.SHARED.forEach(
        (name, reader) -> both(name, (draft, value) -> reader.read(draft.alerts, value)));
    TlsDraft.SHARED.forEach(
        (name, reader) -> both(name, (draft, value) -> reader.read(draft.tls, value)));
  }

  private static int secondsUpTo(int most, Value value) throws Value.Invalid {
    String expected = "a number of seconds, 0 for none, at most " + most;
    int seconds = value.number(0, expected);
    if (seconds > most) {
      throw value.invalid(expected);
    }
    return seconds;
  }

  private void defineGlobal() {
    globalDirectives.put(
        "fallback", (draft, value) -> draft.fallback = addresses.fallback(value, Family.IPV4));
    globalDirectives.put(
        "fallback6", (draft, value) -> draft.fallback6 = addresses.fallback(value, Family.IPV6));
    globalDirectives.put("autoreload", (draft, value) -> draft.autoReload = value.yesNo());
    globalDirectives.put("readdquiescent", (draft, value) -> draft.readdQuiescent = value.yesNo());
    globalDirectives.put("supervised", (draft, value) -> draft.supervised = value.yesNo());
    // Checks always run side by side here, which is what fork=yes asks for.
    globalDirectives.put("fork", (draft, value) -> value.yesNo());
    globalDirectives.put(
        "callback",
        (draft, value) ->
            draft.callback = Optional.of(value.quoted()).filter(text -> !text.isEmpty()));
    globalDirectives.put(
        "logfile",
        (draft, value) -> {
          String target = value.quoted();
          draft.log =
              Optional.of(
                  target.startsWith("/")
                      ? new LogDestination.File(target)
                      : SyslogFacility.read(value, target));
        });
    globalDirectives.put(
        "maintenancedir",
        (draft, value) -> {
          String directory = value.plainNotEmpty("a directory");
          draft.maintenanceDirectory = Optional.of(directory);
          if (!new File(directory).isDirectory()) {
            warn(value.column(), "maintenance directory does not exist: " + directory);
          }
        });
    globalDirectives.put(
        "execute",
        (draft, value) -> {
          String instance = value.plain().strip();
          if (instance.isEmpty()) {
            warn(value.column(), "execute= names no configuration, and starts nothing");
          } else {
            draft.instances.add(instance);
          }
        });
    AlertDraft.GLOBAL.forEach(
        (name, reader) ->
            globalDirectives.put(name, (draft, value) -> reader.read(draft.alerts, value)));
  }

  private void defineVirtual() {
    in("real", Family.IPV4, (draft, value) -> readReal(draft, value));
    in("real6", Family.IPV6, (draft, value) -> readReal(draft, value));
    in(
        "fallback",
        Family.IPV4,
        (draft, value) -> draft.fallback = addresses.fallback(value, Family.IPV4));
    in(
        "fallback6",
        Family.IPV6,
        (draft, value) -> draft.fallback6 = addresses.fallback(value, Family.IPV6));
    virtualDirectives.put("checktype", ConfigurationParser::readCheckType);
    virtualDirectives.put(
        "service",
        (draft, value) ->
            draft.service =
                Optional.of(
                    ServiceType.named(value.keyword())
                        .orElseThrow(() -> value.invalid("one of " + serviceNames()))));
    virtualDirectives.put(
        "checkcommand",
        (draft, value) -> draft.checkCommand = value.plainNotEmpty("the path of a command"));
    virtualDirectives.put(
        "checkport",
        (draft, value) -> {
          int port = value.number(1, "a port of 1 to 65535");
          if (port > 65_535) {
            throw value.invalid("a port of 1 to 65535");
          }
          draft.checkPort = port;
        });
    virtualDirectives.put(
        "request", (draft, value) -> draft.request = Optional.of(value.quotedNotEmpty()));
    virtualDirectives.put("receive", (draft, value) -> draft.receive = Optional.of(value.regexp()));
    virtualDirectives.put(
        "httpmethod",
        (draft, value) ->
            draft.httpMethod =
                switch (value.keyword().toUpperCase(Locale.ROOT)) {
                  case "GET" -> HttpMethod.GET;
                  case "HEAD" -> HttpMethod.HEAD;
                  default -> throw value.invalid("GET or HEAD");
                });
    virtualDirectives.put(
        "virtualhost",
        (draft, value) ->
            draft.virtualHost = Optional.of(value.word()).filter(host -> !host.isEmpty()));
    virtualDirectives.put("login", (draft, value) -> draft.login = value.quotedNotEmpty());
    virtualDirectives.put("passwd", (draft, value) -> draft.password = value.quotedNotEmpty());
    virtualDirectives.put("database", (draft, value) -> draft.database = value.quotedNotEmpty());
    virtualDirectives.put("secret", (draft, value) -> draft.secret = value.quotedNotEmpty());
    virtualDirectives.put(
        "load",
        (draft, value) -> {
          // It names a kind of load testing that the original never got.
          value.quotedNotEmpty();
        });
    virtualDirectives.put("scheduler", ConfigurationParser::readScheduler);
    virtualDirectives.put(
        "schedflags", (draft, value) -> draft.schedulerFlags = SchedulerFlags.read(value));
    virtualDirectives.put(
        "persistent",
        (draft, value) -> draft.persistent = value.number(0, "a number of seconds, 0 for none"));
    virtualDirectives.put("netmask", ConfigurationParser::readNetmask);
    virtualDirectives.put("protocol", ConfigurationParser::readProtocol);
    virtualDirectives.put("ops", (draft, value) -> draft.onePacket = value.yesNo());
    virtualDirectives.put(
        "monitorfile",
        (draft, value) ->
            draft.monitorFile = Optional.of(value.plainNotEmpty("the path of a file")));
    AlertDraft.VIRTUAL.forEach(
        (name, reader) ->
            virtualDirectives.put(name, (draft, value) -> reader.read(draft.alerts, value)));
  }

  private void both(String name, Directive<GlobalDraft> directive) {
    globalDirectives.put(name, directive);
    virtualDirectives.put(name, directive::read);
  }

  private void in(String name, Family family, Directive<VirtualDraft> directive) {
    String other = name.endsWith("6") ? name.substring(0, name.length() - 1) : name + "6";
    virtualDirectives.put(
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

  private void readReal(VirtualDraft draft, Value value) throws Value.Invalid {
    draft.realServers.addAll(addresses.real(value, draft.family));
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
              default ->
                  throw value.invalid("tcp or udp, as the virtual server is an address and a port");
            });
  }

  private VirtualServer build(VirtualDraft draft) {
    ServiceKey key = draft.key();
    boolean ipv6 = draft.family == Family.IPV6;
    Address allBits = Address.mask(draft.family, 8 * draft.family.addressBytes());
    int flags =
        (draft.persistent > 0 ? ServiceSpec.PERSISTENT : 0)
            | (draft.onePacket ? ServiceSpec.ONE_PACKET : 0)
            | draft.schedulerFlags;
    ServiceSpec spec =
        new ServiceSpec(
            key,
            draft.scheduler,
            flags,
            draft.persistent,
            // A netmask means nothing without persistence, and the table does not keep it then.
            draft.persistent > 0 ? draft.clientMask.orElse(allBits) : allBits,
            Optional.empty());
    ServiceType service = draft.serviceType();
    Optional<Fallback> fallback =
        ipv6
            ? draft.fallback6.or(() -> globals.fallback6)
            : draft.fallback.or(() -> globals.fallback);
    Duration checkInterval =
        Duration.ofSeconds(or(draft.checkInterval, globals.checkInterval).orElse(10));
    Duration checkTimeout =
        timeout(
            draft.checkTimeout,
            globals.checkTimeout,
            draft.negotiateTimeout,
            globals.negotiateTimeout,
            5);
    return new VirtualServer(
        spec,
        withoutDuplicates(draft, key),
        fallback,
        draft.fallbackCommand.or(() -> globals.fallbackCommand),
        new CheckSettings(
            draft.checkType,
            draft.connectsPerNegotiation,
            service,
            checkTimeout,
            timeout(
                draft.negotiateTimeout,
                globals.negotiateTimeout,
                draft.checkTimeout,
                globals.checkTimeout,
                30),
            or(draft.checkCount, globals.checkCount).orElse(1),
            draft.checkPort,
            draft.request,
            draft.receive,
            draft.httpMethod,
            draft.virtualHost,
            draft.checkCommand,
            new CheckSettings.Credentials(
                draft.login, draft.password, draft.database, draft.secret),
            trusted(draft, service)),
        draft.weight.weights(globals.weight, checkInterval, checkTimeout),
        draft.weight.passive(globals.weight),
        checkInterval,
        or(draft.failureCount, globals.failureCount).orElse(1),
        or(draft.riseCount, globals.riseCount).orElse(1),
        new ServicePolicy(
            draft.promptFailover.or(() -> globals.promptFailover),
            or(draft.drainTimeout, globals.drainTimeout),
            or(draft.slowStart, globals.slowStart)),
        draft.quiescent.or(() -> globals.quiescent).orElse(false),
        draft.cleanStop.or(() -> globals.cleanStop).orElse(true),
        draft.monitorFile,
        draft.alerts.over(globals.alerts));
  }

  private Optional<TrustedAuthorities> trusted(VirtualDraft draft, ServiceType service) {
    if (draft.tls.isPointlessFor(service)) {
      warn(1, "tlsverify= and tlsca= have no effect on service=" + service.text());
    } else if (draft.tls.namesUnusedAuthorities(globals.tls)) {
      warn(1, "tlsca= has no effect without tlsverify=yes");
    }
    try {
      return draft.tls.trusted(globals.tls);
    } catch (IOException none) {
      problem(
          0,
          "tlsverify=yes wants authorities to trust: name a file by tlsca=; " + none.getMessage());
      return Optional.empty();
    }
  }

  private List<RealServer> withoutDuplicates(VirtualDraft draft, ServiceKey key) {
    List<RealServer> servers = new ArrayList<>();
    Set<Object> keys = new HashSet<>();
    for (RealServer server : draft.realServers) {
      if (keys.add(server.key(key))) {
        servers.add(server);
      } else {
        warn(
            1,
            "real server "
                + VirtualServer.endpointText(server.address(), server.key(key).port())
                + " is there more than once; only the first counts");
      }
    }
    return servers;
  }

  private static Duration timeout(
      OptionalInt own,
      OptionalInt global,
      OptionalInt other,
      OptionalInt otherGlobal,
      int otherwise) {
    return Duration.ofSeconds(or(or(own, global), or(other, otherGlobal)).orElse(otherwise));
  }

  private static OptionalInt or(OptionalInt first, OptionalInt second) {
    return first.isPresent() ? first : second;
  }
}
