package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks against real sockets: servers that behave, and servers that don't. */
@Timeout(30)
final class CheckerTest {
  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Check.Identity ANYONE =
      new Check.Identity("www.example.com", Optional.empty());
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(20);

  private final TestServer server = new TestServer(Socket::close);
  private final Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});

  CheckerTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private Check.Http http(Duration timeout, String... receive) {
    return new Check.Http(
        false,
        HttpMethod.GET,
        "127.0.0.1",
        server.port(),
        "/index.html",
        "www.example.com",
        ANYONE,
        receive.length == 0 ? Optional.empty() : Optional.of(PerlRegexp.of(receive[0])),
        timeout);
  }

  private Outcome perform(Check check) throws InterruptedException {
    return checker.perform(check, 0);
  }

  private Outcome answered(String answer, String... receive) throws InterruptedException {
    server.behave(server.answering(answer));
    return perform(http(LONG, receive));
  }

  @Test
  void anHttpServerWithTheExpectedPageIsUp() throws Exception {
    Outcome outcome = answered(TestServer.page("200 OK", "<h1>Test Page</h1>"), "Test Page");
    assertThat(outcome).isEqualTo(Outcome.up("HTTP status 200"));
    assertThat(server.requests())
        .containsExactly(
            "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n"
                + "User-Agent: jlvs-ldirectord\r\nConnection: close\r\n\r\n");
  }

  @Test
  void bodiesComeWithALengthInChunksOrUntilTheEnd() throws Exception {
    String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThat(answered(chunked + "4\r\nTest\r\n5;x=y\r\n Page\r\n0\r\n\r\n", "^Test Page$").up())
        .isTrue();
    assertThat(answered("HTTP/1.0 200 OK\n\nTest Page", "^Test Page$").up()).isTrue();
    assertThat(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n").up()).isTrue();
  }

  @Test
  void statusesOtherThan2xxAreDown() throws Exception {
    assertThat(answered(TestServer.page("404 Not Found", "Test Page"), "Test Page"))
        .isEqualTo(Outcome.down("HTTP status 404"));
    assertThat(answered(TestServer.page("500 Oops", "")))
        .isEqualTo(Outcome.down("HTTP status 500"));
    assertThat(answered(TestServer.page("304 Not Modified", "")).up()).isFalse();
  }

  @Test
  void theWrongPageIsDown() throws Exception {
    assertThat(answered(TestServer.page("200 OK", "Wartung"), "Test Page"))
        .isEqualTo(Outcome.down("the answer does not contain /Test Page/"));
  }

  @Test
  void redirectionsAreFollowedButNotForever() throws Exception {
    server.behave(
        socket -> {
          String head = TestServer.head(socket);
          String answer =
              head.startsWith("GET /index.html ")
                  ? "HTTP/1.1 302 Found\r\nLocation: there?x=1\r\nContent-Length: 0\r\n\r\n"
                  : head.startsWith("GET /there?x=1 HTTP/1.1\r\nHost: www.example.com\r\n")
                      ? TestServer.page("200 OK", "Test Page")
                      : TestServer.page("404 Not Found", "");
          TestServer.send(socket, answer);
        });
    assertThat(perform(http(LONG, "Test Page")).up()).isTrue();
    assertThat(answered("HTTP/1.1 301 Moved\r\nLocation: /index.html\r\n\r\n"))
        .isEqualTo(Outcome.down("more than 7 redirections"));
    assertThat(answered("HTTP/1.1 301 Moved\r\nLocation: ftp://x/\r\n\r\n"))
        .isEqualTo(Outcome.down("redirected to \"ftp://x/\""));
  }

  @Test
  void headAsksForNoBody() throws Exception {
    server.behave(server.answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
    Check.Http get = http(LONG);
    Check.Http head =
        new Check.Http(
            false,
            HttpMethod.HEAD,
            get.host(),
            get.port(),
            "/",
            "x",
            ANYONE,
            Optional.empty(),
            LONG);
    assertThat(perform(head)).isEqualTo(Outcome.up("HTTP status 200"));
    assertThat(server.requests().getFirst()).startsWith("HEAD / HTTP/1.1\r\n");
  }

  @Test
  void whatIsNoHttpIsDown() throws Exception {
    assertThat(answered("garbage\r\n\r\n"))
        .isEqualTo(Outcome.down("not an HTTP answer: \"garbage\""));
    assertThat(answered("\u0000\u0001\r\n").reason()).isEqualTo("not an HTTP answer: \"..\"");
    assertThat(answered("HTTP/1.1 2000 OK\r\n\r\n").up()).isFalse();
    assertThat(answered("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").up()).isFalse();
    assertThat(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").up())
        .isFalse();
  }

  @Test
  void anAnswerThatBreaksOffIsDown() throws Exception {
    assertThat(answered("")).isEqualTo(Outcome.down("connection closed without an answer"));
    assertThat(answered("HTTP/1.1 200 OK\r\nX: "))
        .isEqualTo(Outcome.down("connection closed within the answer's head"));
    assertThat(answered("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nTest Page", "Test Page"))
        .isEqualTo(Outcome.down("connection closed after 9 of 900 bytes"));
  }

  @Test
  void aResetInTheMiddleIsDown() throws Exception {
    server.behave(
        socket -> {
          TestServer.head(socket);
          TestServer.send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nTest Page");
          Thread.sleep(100);
          socket.setSoLinger(true, 0);
        });
    assertThat(perform(http(LONG, "Test Page")).reason())
        .isEqualTo("connection broken: connection reset");
  }

  @Test
  void aSilentServerIsDownAtTheDeadline() throws Exception {
    server.behave(_ -> Thread.sleep(60_000));
    assertThat(perform(http(SHORT))).isEqualTo(Outcome.down("no complete answer within 0 s"));
  }

  @Test
  void aServerThatDripsIsDownAtTheDeadline() throws Exception {
    server.behave(socket -> TestServer.drip(socket, TestServer.page("200 OK", "Test Page"), 100));
    long start = System.nanoTime();
    assertThat(perform(http(SHORT)).up()).isFalse();
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
  }

  @Test
  void anEndlessHeadIsDown() throws Exception {
    server.behave(
        socket -> {
          TestServer.send(socket, "HTTP/1.1 200 OK\r\n");
          TestServer.flood(socket, "X-Header: more and more\r\n");
        });
    assertThat(perform(http(LONG)))
        .isEqualTo(Outcome.down("the answer's head is longer than a check reads"));
    server.behave(socket -> TestServer.flood(socket, "x".repeat(1000)));
    assertThat(perform(http(LONG)).up()).isFalse();
    server.behave(socket -> TestServer.flood(socket, "HTTP/1.1 100 Continue\r\n\r\n"));
    assertThat(perform(http(LONG))).isEqualTo(Outcome.down("more than 10 interim answers"));
  }

  @Test
  void ofAnEndlessBodyTheBeginningCounts() throws Exception {
    server.behave(
        socket -> {
          TestServer.send(socket, "HTTP/1.1 200 OK\r\n\r\nTest Page");
          TestServer.flood(socket, "and more ".repeat(1000));
        });
    assertThat(perform(http(LONG, "Test Page")).up()).isTrue();
    assertThat(perform(http(LONG, "something else")).up()).isFalse();
    server.behave(
        socket -> {
          String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
          TestServer.send(socket, head);
          TestServer.flood(socket, "7fffffff\r\n".concat("x".repeat(100_000)));
        });
    assertThat(perform(http(LONG, "something else")).up()).isFalse();
  }

  @Test
  void aRegularExpressionThatBacktracksForeverEndsAtTheDeadline() throws Exception {
    server.behave(server.answering(TestServer.page("200 OK", "x".repeat(60))));
    assertThat(perform(http(SHORT, "^((x+x+)+)y\\1$")).reason())
        .isEqualTo("the deadline passed while the answer was searched for /^((x+x+)+)y\\1$/");
  }

  @Test
  void aRegularExpressionThatRecursesTooDeepIsDown() throws Exception {
    server.behave(server.answering(TestServer.page("200 OK", "ab".repeat(400_000))));
    Outcome[] outcome = new Outcome[1];
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    outcome[0] = perform(http(LONG, "^(a|b|c)*$x"));
                  } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                  }
                });
    thread.join();
    assertThat(outcome[0].up()).isFalse();
  }

  @Test
  void nobodyListeningIsDown() throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0)) {
      port = unused.getLocalPort();
    }
    assertThat(perform(new Check.Connect(LOOPBACK, port, LONG)))
        .isEqualTo(Outcome.down("connection refused"));
    Check.Http http =
        new Check.Http(
            false, HttpMethod.GET, "127.0.0.1", port, "/", "x", ANYONE, Optional.empty(), LONG);
    assertThat(perform(http)).isEqualTo(Outcome.down("connection refused"));
  }

  @Test
  void aListenerIsConnectedTo() throws Exception {
    assertThat(perform(new Check.Connect(LOOPBACK, server.port(), LONG)))
        .isEqualTo(Outcome.up("connected"));
  }

  @Test
  void aNameThatDoesNotResolveIsDown() throws Exception {
    Check.Http http =
        new Check.Http(
            false,
            HttpMethod.GET,
            "no.such.host.invalid",
            80,
            "/",
            "x",
            ANYONE,
            Optional.empty(),
            LONG);
    assertThat(perform(http)).isEqualTo(Outcome.down("cannot resolve no.such.host.invalid"));
  }

  @Test
  void simpleTextIsSentAndItsAnswerSearched() throws Exception {
    server.behave(
        socket -> {
          byte[] request = socket.getInputStream().readNBytes(5);
          TestServer.drip(
              socket, "+PONG " + new String(request, StandardCharsets.ISO_8859_1) + "\r\n", 1);
          Thread.sleep(60_000);
        });
    Optional<PerlRegexp> pong = Optional.of(PerlRegexp.of("PONG PING"));
    assertThat(perform(new Check.Text(LOOPBACK, server.port(), "PING\n", pong, LONG)).up())
        .isTrue();
    server.behave(socket -> TestServer.send(socket, "-ERR\r\n"));
    assertThat(perform(new Check.Text(LOOPBACK, server.port(), "", pong, LONG)).reason())
        .isEqualTo("the answer \"-ERR..\" does not contain /PONG PING/");
    server.behave(socket -> TestServer.flood(socket, "x".repeat(8000)));
    assertThat(perform(new Check.Text(LOOPBACK, server.port(), "", pong, LONG)).up()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trap '' TERM; while :; do sleep 1; done",
        "exec yes",
        "yes >&2",
        "sleep 60 & exit 1",
        "(trap '' TERM; sleep 60) & sleep 60",
        "kill -STOP $$",
        "kill -KILL $$"
      })
  void commandsThatMisbehaveAreDownInTime(String script) throws Exception {
    long begun = System.nanoTime();
    Outcome outcome = perform(new Check.Command(List.of("/bin/sh", "-c", script), SHORT));
    assertThat(outcome.up()).isFalse();
    assertThat(outcome.reason()).isNotBlank().hasSizeLessThan(300);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void commandsAreJudgedByTheirExitStatus() throws Exception {
    assertThat(perform(new Check.Command(List.of("/bin/true", "10.0.0.1"), LONG)))
        .isEqualTo(Outcome.up("/bin/true exited with 0"));
    assertThat(perform(new Check.Command(List.of("/bin/sh", "-c", "exit 3"), LONG)))
        .isEqualTo(Outcome.down("/bin/sh exited with 3"));
    assertThat(perform(new Check.Command(List.of("/bin/sleep", "60"), SHORT)))
        .isEqualTo(Outcome.down("/bin/sleep did not end within 0 s"));
    assertThat(perform(new Check.Command(List.of("/no/such/file"), LONG)).up()).isFalse();
  }

  @Test
  void pingsAreTriedAsOftenAsAsked() throws Exception {
    int[] sent = new int[1];
    Checker third = new Checker((_, _) -> ++sent[0] == 3, (_, _, _) -> {});
    assertThat(third.perform(new Check.Ping(LOOPBACK, 2, SHORT), 0))
        .isEqualTo(Outcome.down("no answer to a ping within 0 s"));
    assertThat(third.perform(new Check.Ping(LOOPBACK, 2, SHORT), 0))
        .isEqualTo(Outcome.up("answers pings"));
    Checker unable =
        new Checker(
            (_, _) -> {
              throw new IOException("Operation not permitted");
            },
            (_, _, _) -> {});
    assertThat(unable.perform(new Check.Ping(LOOPBACK, 2, SHORT), 0))
        .isEqualTo(Outcome.down("cannot ping: operation not permitted"));
  }

  /** Whoever checks again and again must not end by it, and a server in doubt is out. */
  @Test
  void whatNobodyHasForeseenIsAFailure() throws Exception {
    for (Throwable unforeseen :
        List.of(new IllegalStateException("no"), new NoClassDefFoundError("no"))) {
      Checker broken =
          new Checker(
              (_, _) -> {
                if (unforeseen instanceof Error error) {
                  throw error;
                }
                throw (RuntimeException) unforeseen;
              },
              (_, _, _) -> {});
      assertThat(broken.perform(new Check.Ping(LOOPBACK, 1, SHORT), 0))
          .isEqualTo(Outcome.down("internal error: " + unforeseen));
    }
  }

  /** Though it answers QUIT well. */
  @Test
  void aPopServerIsDownThatGreetsWithAnError() throws Exception {
    server.behave(
        socket -> {
          TestServer.send(socket, "-ERR maintenance\r\n");
          if (socket.getInputStream().read() >= 0) {
            TestServer.send(socket, "+OK bye\r\n");
          }
        });
    assertThat(
            perform(
                new Check.Mail(
                    Check.MailProtocol.POP, LOOPBACK, server.port(), ANYONE, "", "", LONG)))
        .isEqualTo(Outcome.down("greets with \"-ERR maintenance\""));
  }

  @ParameterizedTest
  @CsvSource({
    "5, 8, 0, the configuration wants a secret for this check",
    "254, 8, 6, RADIUS carries no login of more than 253 bytes and no passwd of more than 128",
    "5, 129, 6, RADIUS carries no login of more than 253 bytes and no passwd of more than 128",
  })
  void whatRadiusCannotAskIsNoFaultOfTheServer(int login, int password, int secret, String reason)
      throws Exception {
    assertThat(
            perform(
                new Check.Radius(
                    LOOPBACK,
                    server.port(),
                    "l".repeat(login),
                    "p".repeat(password),
                    "s".repeat(secret),
                    LONG)))
        .isEqualTo(Outcome.down(reason));
  }

  @Test
  void anSctpEndpointIsUpThatWouldTakeAnAssociation() throws Exception {
    Check.Associate question = new Check.Associate(LOOPBACK, 3868, LONG);
    assertThat(perform(question)).isEqualTo(Outcome.up("answers INIT"));
    assertThat(associating(new SocketTimeoutException()).perform(question, 0))
        .isEqualTo(Outcome.down("no complete answer within 20 s"));
    assertThat(associating(new ConnectException("connection refused")).perform(question, 0))
        .isEqualTo(Outcome.down("connection refused"));
    assertThat(associating(new IOException("the process lacks CAP_NET_RAW")).perform(question, 0))
        .isEqualTo(Outcome.down("the process lacks CAP_NET_RAW"));
  }

  private static Checker associating(IOException answer) {
    return new Checker(
        (_, _) -> true,
        (_, _, _) -> {
          throw answer;
        });
  }

  @Test
  void aCombinedCheckNegotiatesOnceInAWhile() throws Exception {
    Check combined = new Check.Combined(new Check.Fixed(false), new Check.Fixed(true), 2);
    StringBuilder turns = new StringBuilder();
    for (int turn = 0; turn < 7; turn++) {
      turns.append(checker.perform(combined, turn).up() ? 'c' : 'n');
    }
    assertThat(turns).hasToString("nccnccn");
  }

  @Test
  void anInterruptEndsACheckAtOnce() throws Exception {
    server.behave(_ -> Thread.sleep(60_000));
    FutureTask<Boolean> check =
        new FutureTask<>(
            () -> {
              try {
                perform(http(LONG));
                return false;
              } catch (InterruptedException ended) {
                return true;
              }
            });
    Thread thread = Thread.startVirtualThread(check);
    Thread.sleep(100);
    thread.interrupt();
    assertThat(check.get(10, TimeUnit.SECONDS)).isTrue();
  }
}
