package org.jlvs.monitor.check;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.config.CheckSettings;
import org.jlvs.monitor.config.CheckType;
import org.jlvs.monitor.config.ConfiguredText;
import org.jlvs.monitor.config.PerlRegexp;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.ServiceType;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.config.WeightSource;

/** Makes of the settings in a configuration the check of one real server. */
public final class CheckPlanner {
  /** Runs a file as the body of a function, as the original does: it may return. */
  private static final String AS_FUNCTION =
      """
      # A process would cut 256 down to 0.
      BEGIN { *CORE::GLOBAL::exit = sub { CORE::exit(@_ && $_[0] != 0 ? 1 : 0) } }
      my $file = shift;
      open(my $in, '<', $file) or die "cannot open external-perl checkcommand file: $file\n";
      my $text = join('', <$in>);
      close($in);
      my $check = eval("sub { \\@ARGV = \\@_; $text\n}") or die($@);
      # It overwrites @ARGV with what it is given, which must not lie there itself.
      my @given = @ARGV;
      $check->(@given);
      exit(0);
      """;

  private static final String UNSAFE = " \"<>\\^`{|}";

  private CheckPlanner() {}

  public static Check plan(VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    return switch (settings.type()) {
      case ON -> new Check.Fixed(true);
      case OFF -> new Check.Fixed(false);
      case PING -> ping(settings, real);
      case CONNECT -> connect(virtual, real);
      case NEGOTIATE -> weighed(virtual, negotiation(virtual, real));
      case COMBINED ->
          new Check.Combined(
              weighed(virtual, negotiation(virtual, real)),
              connect(virtual, real),
              settings.connectsPerNegotiation());
      case EXTERNAL, EXTERNAL_PERL -> command(virtual, real);
    };
  }

  /** How the agent of a server is asked; empty when none is, or the check does it. */
  public static Optional<AgentQuestion> question(VirtualServer virtual, RealServer real) {
    Duration timeout = virtual.weights().timeout();
    return switch (virtual.weights().source()) {
      case WeightSource.Tcp tcp ->
          Optional.of(new AgentQuestion.Tcp(real.address(), tcp.port(), timeout));
      case WeightSource.Page page ->
          Optional.of(
              new AgentQuestion.Page(
                  page.tls(),
                  real.address(),
                  identity(virtual.check(), real, Optional.empty()),
                  page.port(),
                  page.path(),
                  timeout));
      case WeightSource.Command command -> {
        List<String> words = commandLine(command.command(), virtual, real);
        words.add(String.valueOf(real.weight()));
        yield Optional.of(new AgentQuestion.Command(words, timeout));
      }
      case WeightSource.None _, WeightSource.InCheck _ -> Optional.empty();
    };
  }

  private static Check weighed(VirtualServer virtual, Check negotiation) {
    boolean hasText = negotiation instanceof Check.Http || negotiation instanceof Check.Text;
    return virtual.weights().source() instanceof WeightSource.InCheck source && hasText
        ? new Check.Weighed(negotiation, source)
        : negotiation;
  }

  private static Check ping(CheckSettings settings, RealServer real) {
    return new Check.Ping(real.address(), settings.attempts(), settings.checkTimeout());
  }

  private static Check connect(VirtualServer virtual, RealServer real) {
    int port = port(virtual, real);
    Duration timeout = virtual.check().checkTimeout();
    if (isSctp(virtual)) {
      return new Check.Associate(real.address(), port, timeout);
    }
    // A UDP port cannot be connected to; the original pings too.
    return isUdp(virtual)
        ? ping(virtual.check(), real)
        : new Check.Connect(real.address(), port, timeout);
  }

  private static boolean isUdp(VirtualServer virtual) {
    return isOf(virtual, Protocol.UDP);
  }

  private static boolean isSctp(VirtualServer virtual) {
    return isOf(virtual, Protocol.SCTP);
  }

  private static boolean isOf(VirtualServer virtual, Protocol protocol) {
    return virtual.key() instanceof ServiceKey.Endpoint endpoint && endpoint.protocol() == protocol;
  }

  private static Check negotiation(VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    return switch (settings.service()) {
      case NONE -> isSctp(virtual) ? connect(virtual, real) : new Check.Fixed(true);
      case HTTP, HTTPS, HTTP_PROXY -> http(virtual, real);
      case SIMPLETCP ->
          new Check.Text(
              real.address(),
              port(virtual, real),
              unslashed(request(settings, real)).replace("\\n", "\n"),
              receive(settings, real),
              settings.negotiateTimeout());
      case SMTP, SUBMISSION -> mail(Check.MailProtocol.SMTP, virtual, real);
      case POP -> mail(Check.MailProtocol.POP, virtual, real);
      case POPS -> mail(Check.MailProtocol.POPS, virtual, real);
      case IMAP -> mail(Check.MailProtocol.IMAP, virtual, real);
      case IMAPS -> mail(Check.MailProtocol.IMAPS, virtual, real);
      case NNTP -> mail(Check.MailProtocol.NNTP, virtual, real);
      case MYSQL -> sql(Check.Database.MYSQL, virtual, real);
      case ORACLE -> sql(Check.Database.ORACLE, virtual, real);
      case PGSQL -> sql(Check.Database.PGSQL, virtual, real);
      case FTP ->
          new Check.Ftp(
              real.address(),
              port(virtual, real),
              settings.credentials().login(),
              settings.credentials().password(),
              request(settings, real),
              receive(settings, real),
              settings.negotiateTimeout());
      case LDAP, LDAPS ->
          new Check.Ldap(
              settings.service() == ServiceType.LDAPS,
              real.address(),
              port(virtual, real),
              identity(settings, real, Optional.empty()),
              settings.credentials().login(),
              settings.credentials().password(),
              unslashed(request(settings, real)),
              receive(settings, real),
              settings.negotiateTimeout());
      case DNS ->
          new Check.Dns(
              !isUdp(virtual),
              real.address(),
              port(virtual, real),
              unslashed(request(settings, real)),
              receive(settings, real),
              settings.negotiateTimeout());
      case RADIUS ->
          new Check.Radius(
              real.address(),
              port(virtual, real),
              settings.credentials().login(),
              settings.credentials().password(),
              settings.credentials().secret(),
              settings.negotiateTimeout());
      case SIP ->
          new Check.Sip(
              !isUdp(virtual),
              real.address(),
              port(virtual, real),
              settings.credentials().login(),
              settings.negotiateTimeout());
    };
  }

  private static Check mail(Check.MailProtocol protocol, VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    return new Check.Mail(
        protocol,
        real.address(),
        port(virtual, real),
        identity(settings, real, Optional.empty()),
        settings.credentials().login(),
        settings.credentials().password(),
        settings.negotiateTimeout());
  }

  private static Check sql(Check.Database kind, VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    return new Check.Sql(
        kind,
        real.address(),
        port(virtual, real),
        settings.credentials().database(),
        settings.credentials().login(),
        settings.credentials().password(),
        unslashed(request(settings, real)),
        settings.negotiateTimeout());
  }

  /** Requests that are no path may be written as one. */
  private static String unslashed(String request) {
    return request.startsWith("/") ? request.substring(1) : request;
  }

  private static Check http(VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    String request = request(settings, real);
    boolean tls = settings.service() == ServiceType.HTTPS;
    boolean proxy = settings.service() == ServiceType.HTTP_PROXY;
    String host = real.address().toString();
    int port = port(virtual, real);
    String target = encoded(request.startsWith("/") ? request : "/" + request);
    String headerHost = bracketed(real.address());
    // As the original has it: in a section, what looks like a URL is a path of the server itself.
    // Neither is one of the other scheme followed.
    String scheme = tls ? "https" : "http";
    Optional<URI> url =
        proxy
            ? absolute(request)
            : real.request()
                .flatMap(CheckPlanner::absolute)
                .filter(there -> scheme.equalsIgnoreCase(there.getScheme()));
    if (url.isPresent()) {
      URI there = url.get();
      headerHost =
          authorityHost(there) + (proxy && there.getPort() > 0 ? ":" + there.getPort() : "");
      target = proxy ? encoded(request) : pathOf(there);
      if (!proxy) {
        host = unbracketed(headerHost);
        port = there.getPort() > 0 ? there.getPort() : tls ? 443 : 80;
      }
    }
    return new Check.Http(
        tls,
        settings.httpMethod(),
        host,
        port,
        target,
        // What a proxy is asked for has a host of its own.
        proxy ? headerHost : settings.virtualHost().orElse(headerHost),
        identity(settings, real, url.map(CheckPlanner::authorityHost)),
        receive(settings, real),
        settings.negotiateTimeout());
  }

  /**
   * Who a server claims to be: its virtual host, the host of the URL it is asked for, or else its
   * address. Its name is what certificates are for, so that goes before the address when they are
   * verified.
   */
  private static Check.Identity identity(
      CheckSettings settings, RealServer real, Optional<String> asked) {
    String name =
        settings
            .virtualHost()
            .map(CheckPlanner::withoutPort)
            .or(() -> asked.map(CheckPlanner::unbracketed))
            .or(() -> real.name().filter(_ -> settings.trusted().isPresent()))
            .orElseGet(() -> real.address().toString());
    return new Check.Identity(name, settings.trusted());
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    boolean port = colon >= 0 && (host.indexOf(':') == colon || host.charAt(colon - 1) == ']');
    return unbracketed(port ? host.substring(0, colon) : host);
  }

  private static Check command(VirtualServer virtual, RealServer real) {
    CheckSettings settings = virtual.check();
    List<String> command = commandLine(settings.command(), virtual, real);
    if (settings.type() == CheckType.EXTERNAL_PERL) {
      command.addAll(0, List.of("perl", "-e", AS_FUNCTION));
    }
    return new Check.Command(command, settings.checkTimeout());
  }

  /**
   * An operator's command with the arguments that ldirectord gives external checks: the virtual and
   * the real server's address, of IPv6 in brackets, and port, 0 for none of its own.
   */
  private static List<String> commandLine(String command, VirtualServer virtual, RealServer real) {
    String address =
        switch (virtual.key()) {
          case ServiceKey.Mark mark -> Integer.toUnsignedString(mark.mark());
          case ServiceKey.Endpoint endpoint -> bracketed(endpoint.address());
        };
    int port = virtual.key() instanceof ServiceKey.Endpoint endpoint ? endpoint.port() : 0;
    String whole = ConfiguredText.decoded(command.strip());
    // A path may have blanks in it; where there is no such file, arguments follow the program.
    boolean isProgram = new File(whole).isFile();
    List<String> words = new ArrayList<>(isProgram ? List.of(whole) : List.of(whole.split("\\s+")));
    words.add(address);
    words.add(String.valueOf(port));
    words.add(bracketed(real.address()));
    words.add(String.valueOf(real.port()));
    return words;
  }

  /** Where a server is checked: at its own port, else at the service's. */
  private static int port(VirtualServer virtual, RealServer real) {
    if (virtual.check().port() != 0) {
      return virtual.check().port();
    }
    if (real.port() != 0) {
      return real.port();
    }
    int port = virtual.key() instanceof ServiceKey.Endpoint endpoint ? endpoint.port() : 0;
    return port != 0 ? port : virtual.check().service().port();
  }

  private static String request(CheckSettings settings, RealServer real) {
    return real.request().or(settings::request).orElse("");
  }

  private static Optional<PerlRegexp> receive(CheckSettings settings, RealServer real) {
    return real.receive().or(settings::receive);
  }

  /** An http or https URL with a host, if {@code request} is one. */
  static Optional<URI> absolute(String request) {
    String lower = request.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("http://") && !lower.startsWith("https://")) {
      return Optional.empty();
    }
    try {
      return Optional.of(new URI(encoded(request))).filter(url -> url.getHost() != null);
    } catch (URISyntaxException malformed) {
      return Optional.empty();
    }
  }

  static String authorityHost(URI url) {
    return String.valueOf(url.getHost());
  }

  static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** Path and query, at least a slash. */
  static String pathOf(URI url) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
  }

  private static String bracketed(Address address) {
    return address.isIpv4() ? address.toString() : "[" + address + "]";
  }

  /** Percent-encodes what may not stand in a request line; leaves escapes that are there. */
  static String encoded(String target) {
    StringBuilder encoded = new StringBuilder(target.length());
    for (byte b : target.getBytes(StandardCharsets.ISO_8859_1)) {
      int c = b & 0xff;
      if (c <= ' ' || c >= 0x7f || UNSAFE.indexOf(c) >= 0) {
        encoded.append('%').append(String.format("%02X", c));
      } else {
        encoded.append((char) c);
      }
    }
    return encoded.toString();
  }
}
