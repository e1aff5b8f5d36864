package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every protocol over TCP against servers that do wrong whatever can be done wrong: the check says
 * down, ends with its deadline, and takes no more memory than it should.
 */
@Timeout(60)
final class MisbehavingServersTest {
  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Check.Identity ANYONE = new Check.Identity("127.0.0.1", Optional.empty());
  private static final Optional<PerlRegexp> EXPECTED = Optional.of(PerlRegexp.of("expected"));
  private static final Duration DEADLINE = Duration.ofMillis(700);

  /** What a deadline may be missed by on a machine that is busy with other things. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private enum Protocol {
    HTTP(
        (port, time) ->
            new Check.Http(
                false,
                HttpMethod.GET,
                "127.0.0.1",
                port,
                "/",
                "127.0.0.1",
                ANYONE,
                EXPECTED,
                time)),
    HTTPS(
        (port, time) ->
            new Check.Http(
                true, HttpMethod.GET, "127.0.0.1", port, "/", "127.0.0.1", ANYONE, EXPECTED, time)),
    HTTP_PROXY(
        (port, time) ->
            new Check.Http(
                false,
                HttpMethod.GET,
                "127.0.0.1",
                port,
                "http://www.example/",
                "www.example",
                ANYONE,
                EXPECTED,
                time)),
    SIMPLETCP((port, time) -> new Check.Text(LOOPBACK, port, "hello\n", EXPECTED, time)),
    SMTP((port, time) -> mail(Check.MailProtocol.SMTP, port, time)),
    POP((port, time) -> mail(Check.MailProtocol.POP, port, time)),
    POPS((port, time) -> mail(Check.MailProtocol.POPS, port, time)),
    IMAP((port, time) -> mail(Check.MailProtocol.IMAP, port, time)),
    IMAPS((port, time) -> mail(Check.MailProtocol.IMAPS, port, time)),
    NNTP((port, time) -> mail(Check.MailProtocol.NNTP, port, time)),
    FTP((port, time) -> new Check.Ftp(LOOPBACK, port, "", "", "file", EXPECTED, time)),
    LDAP(
        (port, time) ->
            new Check.Ldap(false, LOOPBACK, port, ANYONE, "", "", "dc=x", EXPECTED, time)),
    LDAPS(
        (port, time) ->
            new Check.Ldap(true, LOOPBACK, port, ANYONE, "", "", "dc=x", EXPECTED, time)),
    MYSQL((port, time) -> sql(Check.Database.MYSQL, port, time)),
    PGSQL((port, time) -> sql(Check.Database.PGSQL, port, time)),
    DNS((port, time) -> new Check.Dns(true, LOOPBACK, port, "a.example", EXPECTED, time)),
    SIP((port, time) -> new Check.Sip(true, LOOPBACK, port, "a@example", time));

    private final BiFunction<Integer, Duration, Check> check;

    Protocol(BiFunction<Integer, Duration, Check> check) {
      this.check = check;
    }

    private static Check mail(Check.MailProtocol protocol, int port, Duration time) {
      return new Check.Mail(protocol, LOOPBACK, port, ANYONE, "user", "password", time);
    }

    private static Check sql(Check.Database kind, int port, Duration time) {
      return new Check.Sql(kind, LOOPBACK, port, "db", "user", "password", "select 1", time);
    }
  }

  private enum Misdeed {
    SILENT(socket -> Thread.sleep(30_000)),
    CLOSING(Socket::close),
    RESETTING(
        socket -> {
          socket.setSoLinger(true, 0);
          socket.close();
        }),
    DRIPPING(
        socket -> {
          // A digit fits into the greetings of most protocols, and ends none of them.
          for (int i = 0; i < 300; i++) {
            socket.getOutputStream().write('2');
            Thread.sleep(100);
          }
        }),
    ENDLESS_LINE(socket -> flood(socket, "2".repeat(65_536))),
    ENDLESS_LINES(socket -> flood(socket, "220-more\r\n".repeat(6_000))),
    NONSENSE(
        socket -> {
          byte[] noise = new byte[4_096];
          new Random(1).nextBytes(noise);
          socket.getOutputStream().write(noise);
          socket.getOutputStream().flush();
          Thread.sleep(200);
        }),
    RESET_IN_THE_MIDDLE(
        socket -> {
          socket.getOutputStream().write("220-hel".getBytes(StandardCharsets.ISO_8859_1));
          socket.getOutputStream().flush();
          Thread.sleep(50);
          socket.setSoLinger(true, 0);
          socket.close();
        });

    private final TestServer.Behaviour behaviour;

    Misdeed(TestServer.Behaviour behaviour) {
      this.behaviour = behaviour;
    }

    private static void flood(Socket socket, String piece) throws IOException {
      byte[] bytes = piece.getBytes(StandardCharsets.ISO_8859_1);
      for (int sent = 0; sent < 1 << 28; sent += bytes.length) {
        socket.getOutputStream().write(bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatMisbehavesIsDownInTime(Misdeed misdeed) throws Exception {
    Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
    try (TestServer server = new TestServer(misdeed.behaviour);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Protocol, Future<Outcome>> checks = new EnumMap<>(Protocol.class);
      long begun = System.nanoTime();
      for (Protocol protocol : Protocol.values()) {
        // The greeting of NNTP is one line: what follows is not read.
        if (protocol != Protocol.NNTP || misdeed != Misdeed.ENDLESS_LINES) {
          Check check = protocol.check.apply(server.port(), DEADLINE);
          checks.put(protocol, threads.submit(() -> checker.perform(check, 0)));
        }
      }
      for (Map.Entry<Protocol, Future<Outcome>> check : checks.entrySet()) {
        Outcome outcome = check.getValue().get();
        assertThat(outcome.up()).as("%s: %s", check.getKey(), outcome).isFalse();
        assertThat(outcome.reason())
            .as("%s", check.getKey())
            .isNotBlank()
            .matches("\\P{Cntrl}{1,300}");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DEADLINE.plus(SLACK));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortThatNobodyListensOnIsDown(Protocol protocol) throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0)) {
      port = unused.getLocalPort();
    }
    Outcome outcome =
        new Checker((_, _) -> true, (_, _, _) -> {})
            .perform(protocol.check.apply(port, Duration.ofSeconds(20)), 0);
    assertThat(outcome.up()).as("%s", outcome).isFalse();
    assertThat(outcome.reason()).containsIgnoringCase("refused");
  }
}
