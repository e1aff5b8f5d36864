package org.jlvs.monitor.check;

import java.io.EOFException;
import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;

/**
 * Performs checks. Made for virtual threads: it blocks the one that calls, for no longer than the
 * check's deadline whatever the server does, and ends early when that thread is interrupted. Any
 * number of threads may use one instance.
 */
public final class Checker {
  private static final int MOST_REDIRECTIONS = 7;
  private static final int LONGEST_TEXT = 64 << 10;

  private final PingProbe pings;

  public Checker(PingProbe pings) {
    this.pings = pings;
  }

  /**
   * Performs {@code check} once.
   *
   * @param turn how many checks of this server came before, from 0
   */
  public Outcome perform(Check check, long turn) throws InterruptedException {
    Outcome outcome =
        switch (check) {
          case Check.Fixed fixed ->
              fixed.up()
                  ? Outcome.up("not checked")
                  : Outcome.down("switched off by checktype=off");
          case Check.Combined combined ->
              perform(
                  turn % (combined.connects() + 1) == 0
                      ? combined.negotiation()
                      : combined.connect(),
                  0);
          case Check.Ping ping -> ping(ping);
          case Check.Command command -> CommandRun.perform(command);
          case Check.Connect connect ->
              explained(
                  connect.timeout(),
                  deadline -> {
                    try (Socket _ = connect(address(connect.address()), connect.port(), deadline)) {
                      return Outcome.up("connected");
                    }
                  });
          case Check.Http http -> explained(http.timeout(), deadline -> http(http, deadline));
          case Check.Text text -> explained(text.timeout(), deadline -> text(text, deadline));
          case Check.Mail mail ->
              explained(mail.timeout(), deadline -> MailCheck.perform(mail, deadline));
          case Check.Ftp ftp ->
              explained(ftp.timeout(), deadline -> FtpCheck.perform(ftp, deadline));
          case Check.Ldap ldap ->
              explained(ldap.timeout(), deadline -> LdapCheck.perform(ldap, deadline));
          case Check.Sql sql ->
              explained(sql.timeout(), deadline -> SqlCheck.perform(sql, deadline));
          case Check.Dns dns ->
              explained(dns.timeout(), deadline -> DnsCheck.perform(dns, deadline));
          case Check.Radius radius ->
              explained(radius.timeout(), deadline -> RadiusCheck.perform(radius, deadline));
          case Check.Sip sip ->
              explained(sip.timeout(), deadline -> SipCheck.perform(sip, deadline));
        };
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return outcome;
  }

  @FunctionalInterface
  private interface Attempt {
    Outcome make(Deadline deadline) throws IOException;
  }

  /** Puts what can go wrong on a connection into an operator's words. */
  private static Outcome explained(Duration timeout, Attempt attempt) {
    Deadline deadline = Deadline.in(timeout);
    try {
      return attempt.make(deadline);
    } catch (SocketTimeoutException late) {
      return late(timeout);
    } catch (UnknownHostException unknown) {
      return Outcome.down("cannot resolve " + unknown.getMessage());
    } catch (ConnectException | NoRouteToHostException unreachable) {
      return Outcome.down(lower(unreachable));
    } catch (ProtocolException | EOFException wrong) {
      return Outcome.down(lower(wrong));
    } catch (SSLException tls) {
      return deadline.over() ? late(timeout) : Outcome.down("TLS: " + lower(tls));
    } catch (SocketException broken) {
      return deadline.over() ? late(timeout) : Outcome.down("connection broken: " + lower(broken));
    } catch (IOException failed) {
      return Outcome.down(lower(failed));
    }
  }

  private static Outcome late(Duration timeout) {
    return Outcome.down("no complete answer within " + timeout.toSeconds() + " s");
  }

  private static String lower(IOException exception) {
    String message = Excerpt.line(exception.getMessage());
    return message.isEmpty()
        ? exception.getClass().getSimpleName()
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
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
      return Outcome.down("cannot ping: " + lower(failed));
    }
  }

  private static Outcome http(Check.Http check, Deadline deadline) throws IOException {
    Check.Http asked = check;
    HttpAnswer answer = ask(asked, deadline);
    for (int followed = 0; answer.redirects(); followed++) {
      if (followed == MOST_REDIRECTIONS) {
        return Outcome.down("more than " + MOST_REDIRECTIONS + " redirections");
      }
      asked = redirected(asked, answer.location().orElseThrow());
      answer = ask(asked, deadline);
    }
    if (!answer.successful()) {
      return Outcome.down("HTTP status " + answer.status());
    }
    String status = "HTTP status " + answer.status();
    HttpAnswer last = answer;
    return check
        .receive()
        .map(regexp -> AnswerText.search(regexp, last.body(), last.body().length, deadline, status))
        .orElseGet(() -> Outcome.up(status));
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

  private static HttpAnswer ask(Check.Http check, Deadline deadline) throws IOException {
    InetAddress address = resolve(check.host(), deadline);
    try (Socket plain = connect(address, check.port(), deadline)) {
      if (!check.tls()) {
        return exchange(check, plain, deadline);
      }
      try (Deadline.Guard _ = deadline.closing(plain);
          Socket secured = Tls.over(plain, check.identity(), check.port())) {
        return exchange(check, secured, deadline);
      }
    }
  }

  private static HttpAnswer exchange(Check.Http check, Socket socket, Deadline deadline)
      throws IOException {
    String request =
        check.method()
            + " "
            + check.target()
            + " HTTP/1.1\r\nHost: "
            + check.hostHeader()
            + "\r\nUser-Agent: jlvs-ldirectord\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return HttpAnswer.read(new TimedStream(socket, deadline), check.method() == HttpMethod.HEAD);
  }

  private static Outcome text(Check.Text check, Deadline deadline) throws IOException {
    try (Socket socket = connect(address(check.address()), check.port(), deadline)) {
      socket.getOutputStream().write(check.request().getBytes(StandardCharsets.ISO_8859_1));
      if (check.receive().isEmpty()) {
        return Outcome.up("connected");
      }
      PerlRegexp receive = check.receive().get();
      InputStream stream = new TimedStream(socket, deadline);
      byte[] answer = new byte[LONGEST_TEXT];
      int length = 0;
      Outcome found = Outcome.down("connection closed without an answer");
      // The server may wait for more: what has come is looked at each time more of it comes.
      while (!found.up() && length < LONGEST_TEXT) {
        int count = stream.read(answer, length, answer.length - length);
        if (count <= 0) {
          return length == 0
              ? found
              : Outcome.down(
                  "the answer "
                      + Excerpt.of(
                          new String(
                              Arrays.copyOf(answer, Math.min(length, 128)),
                              StandardCharsets.ISO_8859_1))
                      + " does not contain /"
                      + receive.source()
                      + "/");
        }
        length += count;
        found = AnswerText.search(receive, answer, length, deadline, "expected answer");
      }
      return found;
    }
  }

  private static Socket connect(InetAddress address, int port, Deadline deadline)
      throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, port), deadline.millisLeft());
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  private static InetAddress address(Address address) throws UnknownHostException {
    return InetAddress.getByAddress(address.bytes());
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
  private static final class TimedStream extends FilterInputStream {
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

  /** External checks. */
  private static final class CommandRun {
    private CommandRun() {}

    static Outcome perform(Check.Command check) throws InterruptedException {
      Process process;
      try {
        process =
            new ProcessBuilder(check.command())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
      } catch (IOException failed) {
        return Outcome.down("cannot run " + check.command().getFirst() + ": " + lower(failed));
      }
      try {
        if (!process.waitFor(check.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
          return Outcome.down(
              check.command().getFirst()
                  + " did not end within "
                  + check.timeout().toSeconds()
                  + " s");
        }
        int status = process.exitValue();
        String reason = check.command().getFirst() + " exited with " + status;
        return status == 0 ? Outcome.up(reason) : Outcome.down(reason);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }
}
