package org.jlvs.monitor.check;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.JavaIpv6;
import org.jlvs.monitor.config.WeightSource;

/**
 * Performs checks. Made for virtual threads: it blocks the one that calls, for no longer than the
 * check's deadline whatever the server does, and ends early when that thread is interrupted. Any
 * number of threads may use one instance.
 */
public final class Checker {
  private static final int MOST_REDIRECTIONS = 7;
  private static final int LONGEST_TEXT = 64 << 10;

  /** How the reason of a failure begins that nobody has foreseen. */
  static final String UNFORESEEN = "internal error: ";

  private static final System.Logger LOGGER = System.getLogger(Checker.class.getName());

  static {
    KeyExchanges.allowRsa();
  }

  private final PingProbe pings;
  private final SctpProbe associations;

  public Checker(PingProbe pings, SctpProbe associations) {
    this.pings = pings;
    this.associations = associations;
  }

  /**
   * Performs {@code check} once. What is unforeseen, in a library above all, is logged and counts
   * as a failure: whoever checks a server again and again must not end by it.
   *
   * @param turn how many checks of this server came before, from 0
   */
  public Outcome perform(Check check, long turn) throws InterruptedException {
    Outcome outcome;
    try {
      outcome = attempt(check, turn);
    } catch (RuntimeException | Error unexpected) {
      LOGGER.log(Level.WARNING, "a check failed in an unforeseen way: " + check, unexpected);
      outcome = Outcome.down(UNFORESEEN + unexpected);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return outcome;
  }

  private Outcome attempt(Check check, long turn) throws InterruptedException {
    return switch (check) {
      case Check.Fixed fixed ->
          fixed.up() ? Outcome.up("not checked") : Outcome.down("switched off by checktype=off");
      case Check.Combined combined ->
          perform(
              turn % (combined.connects() + 1) == 0 ? combined.negotiation() : combined.connect(),
              0);
      case Check.Ping ping -> ping(ping);
      case Check.Weighed weighed -> weighed(weighed, turn);
      case Check.Command command -> command(command);
      case Check.Connect connect ->
          explained(
              connect.timeout(),
              deadline -> {
                try (Socket _ = connect(address(connect.address()), connect.port(), deadline)) {
                  return Outcome.up("connected");
                }
              });
      case Check.Associate associate -> explained(associate.timeout(), _ -> associate(associate));
      case Check.Http http ->
          explained(http.timeout(), deadline -> http(http, Optional.empty(), deadline));
      case Check.Text text ->
          explained(text.timeout(), deadline -> text(text, Optional.empty(), deadline));
      case Check.Mail mail ->
          explained(mail.timeout(), deadline -> MailCheck.perform(mail, deadline));
      case Check.Ftp ftp -> explained(ftp.timeout(), deadline -> FtpCheck.perform(ftp, deadline));
      case Check.Ldap ldap ->
          explained(ldap.timeout(), deadline -> LdapCheck.perform(ldap, deadline));
      case Check.Sql sql -> explained(sql.timeout(), deadline -> SqlCheck.perform(sql, deadline));
      case Check.Dns dns -> explained(dns.timeout(), deadline -> DnsCheck.perform(dns, deadline));
      case Check.Radius radius ->
          explained(radius.timeout(), deadline -> RadiusCheck.perform(radius, deadline));
      case Check.Sip sip -> explained(sip.timeout(), deadline -> SipCheck.perform(sip, deadline));
    };
  }

  /** Checks that give no text to read the weight from are performed all the same. */
  private Outcome weighed(Check.Weighed weighed, long turn) throws InterruptedException {
    Optional<WeightSource.InCheck> source = Optional.of(weighed.source());
    return switch (weighed.check()) {
      case Check.Http http -> explained(http.timeout(), deadline -> http(http, source, deadline));
      case Check.Text text -> explained(text.timeout(), deadline -> text(text, source, deadline));
      case Check other -> perform(other, turn);
    };
  }

  @FunctionalInterface
  interface Attempt {
    Outcome make(Deadline deadline) throws IOException;
  }

  /** Puts what can go wrong on a connection into an operator's words. */
  static Outcome explained(Duration timeout, Attempt attempt) {
    Deadline deadline = Deadline.in(timeout);
    try {
      return attempt.make(deadline);
    } catch (Tls.HandshakeTimeoutException late) {
      return Outcome.down("no complete TLS handshake within " + timeout.toSeconds() + " s");
    } catch (SocketTimeoutException late) {
      return late(timeout);
    } catch (UnknownHostException unknown) {
      return Outcome.down("cannot resolve " + unknown.getMessage());
    } catch (ConnectException | NoRouteToHostException unreachable) {
      return Outcome.down(Excerpt.cause(unreachable));
    } catch (ProtocolException | EOFException wrong) {
      return Outcome.down(Excerpt.cause(wrong));
    } catch (SSLException tls) {
      return deadline.over() ? late(timeout) : Outcome.down(Tls.reason(tls));
    } catch (PortUnreachableException refused) {
      return Outcome.down("connection refused: nobody listens on the port");
    } catch (SocketException broken) {
      return deadline.over()
          ? late(timeout)
          : Outcome.down("connection broken: " + Excerpt.cause(broken));
    } catch (IOException failed) {
      // Libraries have words of their own for a read whose time was over.
      return deadline.over() ? late(timeout) : Outcome.down(Excerpt.cause(failed));
    }
  }

  /**
   * What is left to say where a protocol's library trips over an answer that it does not foresee:
   * it is the answer that is wrong.
   */
  static Outcome unreadable(Throwable tripped) {
    return Outcome.down("the answer cannot be read: " + tripped.getClass().getSimpleName());
  }

  private static Outcome late(Duration timeout) {
    return Outcome.down("no complete answer within " + timeout.toSeconds() + " s");
  }

  private Outcome ping(Check.Ping ping) {
    try {
      for (int attempt = 0; attempt < ping.attempts(); attempt++) {
        if (pings.answers(ping.address(), ping.timeout())) {
          return Outcome.up("answers pings");
        }
        if (Thread.currentThread().isInterrupted()) {
          break;
        }
      }
      return Outcome.down("no answer to a ping within " + ping.timeout().toSeconds() + " s");
    } catch (IOException failed) {
      return Outcome.down(
          hasNoFamilyOf(ping.address())
              ? JavaIpv6.MISSING
              : "cannot ping: " + Excerpt.cause(failed));
    }
  }

  private Outcome associate(Check.Associate check) throws IOException {
    try {
      associations.ask(check.address(), check.port(), check.timeout());
      return Outcome.up("answers INIT");
    } catch (IOException failed) {
      if (hasNoFamilyOf(check.address())) {
        return Outcome.down(JavaIpv6.MISSING);
      }
      throw failed;
    }
  }

  private static Outcome command(Check.Command check) throws InterruptedException {
    return switch (CommandRun.run(check.command(), check.timeout(), 0)) {
      case CommandRun.Failed failed -> Outcome.down(failed.reason());
      case CommandRun.Ended ended -> {
        String reason = check.command().getFirst() + " exited with " + ended.status();
        yield ended.status() == 0 ? Outcome.up(reason) : Outcome.down(reason);
      }
    };
  }

  private static Outcome http(
      Check.Http check, Optional<WeightSource.InCheck> source, Deadline deadline)
      throws IOException {
    String header = source.map(Checker::headerOf).orElse("");
    Check.Http asked = check;
    HttpAnswer answer = ask(asked, header, deadline);
    for (int followed = 0; answer.redirects(); followed++) {
      if (followed == MOST_REDIRECTIONS) {
        return Outcome.down("more than " + MOST_REDIRECTIONS + " redirections");
      }
      asked = redirected(asked, answer.location().orElseThrow());
      answer = ask(asked, header, deadline);
    }
    if (!answer.successful()) {
      return Outcome.down("HTTP status " + answer.status());
    }
    String status = "HTTP status " + answer.status();
    HttpAnswer last = answer;
    Outcome outcome =
        check
            .receive()
            .map(
                regexp ->
                    AnswerText.search(regexp, last.body(), last.body().length, deadline, status))
            .orElseGet(() -> Outcome.up(status));
    return outcome.up() && source.isPresent()
        ? outcome.with(wordIn(last, source.get(), deadline))
        : outcome;
  }

  private static String headerOf(WeightSource.InCheck source) {
    return source instanceof WeightSource.Header header ? header.name() : "";
  }

  private static AgentWord wordIn(
      HttpAnswer answer, WeightSource.InCheck source, Deadline deadline) {
    return switch (source) {
      case WeightSource.Header header ->
          answer
              .header()
              .map(AgentGrammar::read)
              .orElseGet(() -> new AgentWord.Silence("the answer has no header " + header.name()));
      case WeightSource.Group group ->
          wordIn(answer.body(), answer.body().length, group, deadline)
              .orElseGet(() -> noMatch(group));
    };
  }

  static Optional<AgentWord> wordIn(
      byte[] bytes, int length, WeightSource.Group group, Deadline deadline) {
    return AnswerText.firstGroup(group.regexp(), bytes, length, deadline).map(AgentGrammar::read);
  }

  static AgentWord noMatch(WeightSource.Group group) {
    return new AgentWord.Silence(
        "the answer does not contain /" + group.regexp().source() + "/ with its group");
  }

  private static Check.Http redirected(Check.Http asked, String location) throws ProtocolException {
    URI target;
    try {
      String scheme = asked.tls() ? "https://" : "http://";
      String host = asked.host().indexOf(':') >= 0 ? "[" + asked.host() + "]" : asked.host();
      URI base = URI.create(scheme + host + ":" + asked.port() + "/").resolve(asked.target());
      target = base.resolve(CheckPlanner.encoded(location));
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("redirected to " + Excerpt.of(location));
    }
    boolean tls = "https".equalsIgnoreCase(target.getScheme());
    if (target.getHost() == null || (!tls && !"http".equalsIgnoreCase(target.getScheme()))) {
      throw new ProtocolException("redirected to " + Excerpt.of(location));
    }
    String host = CheckPlanner.unbracketed(CheckPlanner.authorityHost(target));
    int port = target.getPort() > 0 ? target.getPort() : tls ? 443 : 80;
    boolean sameServer = host.equals(asked.host()) && port == asked.port();
    return new Check.Http(
        tls,
        asked.method(),
        host,
        port,
        CheckPlanner.pathOf(target),
        sameServer ? asked.hostHeader() : CheckPlanner.authorityHost(target),
        sameServer ? asked.identity() : new Check.Identity(host, asked.identity().trusted()),
        asked.receive(),
        asked.timeout());
  }

  /**
   * @param header to be kept of the answer, in lower case; empty for none
   */
  private static HttpAnswer ask(Check.Http check, String header, Deadline deadline)
      throws IOException {
    InetAddress address = resolve(check.host(), deadline);
    try (Socket plain = connect(address, check.port(), deadline)) {
      if (!check.tls()) {
        return exchange(check, header, plain, deadline);
      }
      try (Deadline.Guard _ = deadline.closing(plain);
          Socket secured = Tls.over(plain, check.identity(), check.port(), deadline)) {
        return exchange(check, header, secured, deadline);
      }
    }
  }

  private static HttpAnswer exchange(
      Check.Http check, String header, Socket socket, Deadline deadline) throws IOException {
    String request =
        check.method()
            + " "
            + check.target()
            + " HTTP/1.1\r\nHost: "
            + check.hostHeader()
            + "\r\nUser-Agent: jlvs-ldirectord\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return HttpAnswer.read(
        new TimedStream(socket, deadline), check.method() == HttpMethod.HEAD, header);
  }

  private static Outcome text(
      Check.Text check, Optional<WeightSource.InCheck> source, Deadline deadline)
      throws IOException {
    try (Socket socket = connect(address(check.address()), check.port(), deadline)) {
      socket.getOutputStream().write(check.request().getBytes(StandardCharsets.ISO_8859_1));
      // Some answer when they know that there is no more to come, and the original tells them so.
      socket.shutdownOutput();
      TextSearch search = new TextSearch(check, source, deadline);
      InputStream stream = new TimedStream(socket, deadline);
      byte[] answer = new byte[LONGEST_TEXT];
      int length = 0;
      while (!search.isOver() && length < LONGEST_TEXT) {
        int count;
        try {
          count = stream.read(answer, length, answer.length - length);
        } catch (SocketTimeoutException late) {
          return search.outOfTime().orElseThrow(() -> late);
        }
        if (count <= 0) {
          return search.closed(answer, length);
        }
        length += count;
        search.look(answer, length);
      }
      return search.outcome();
    }
  }

  static Socket connect(InetAddress address, int port, Deadline deadline) throws IOException {
    // Without proxies of the system: it is the server itself that is checked.
    Socket socket = new Socket(Proxy.NO_PROXY);
    try {
      socket.connect(new InetSocketAddress(address, port), deadline.millisLeft());
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  /**
   * For a socket. It has its digits for a name: whoever wants one, as the library for LDAP does for
   * its messages, would look it up otherwise, and name servers have time-outs of their own.
   *
   * @throws NoRouteToHostException if it is one of IPv6 and Java has none
   */
  static InetAddress address(Address address) throws IOException {
    if (hasNoFamilyOf(address)) {
      throw new NoRouteToHostException(JavaIpv6.MISSING);
    }
    return InetAddress.getByAddress(address.toString(), address.bytes());
  }

  private static boolean hasNoFamilyOf(Address address) {
    return !address.isIpv4() && !JavaIpv6.usable();
  }

  /** Looks a name up, for no longer than the deadline: resolvers have time-outs of their own. */
  private static InetAddress resolve(String host, Deadline deadline) throws IOException {
    var numeric = Address.parse(host);
    if (numeric.isPresent()) {
      return address(numeric.get());
    }
    FutureTask<InetAddress> lookup = new FutureTask<>(() -> InetAddress.getByName(host));
    Thread.startVirtualThread(lookup);
    try {
      return lookup.get(deadline.millisLeft(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException unknown) {
      throw new UnknownHostException(host);
    } catch (TimeoutException late) {
      throw new SocketTimeoutException();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new SocketTimeoutException();
    }
  }

  /** Gives each read only the time that is left of the whole check. */
  static final class TimedStream extends FilterInputStream {
    private final Socket socket;
    private final Deadline deadline;

    TimedStream(Socket socket, Deadline deadline) throws IOException {
      super(socket.getInputStream());
      this.socket = socket;
      this.deadline = deadline;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      socket.setSoTimeout(deadline.millisLeft());
      return super.read(bytes, offset, length);
    }
  }
}
